"""Customer keys from build to build, on clusters that are made up.

"ab c" are two customers: one of the records a and b, one of c. What has nothing to do
with each other happens in the same builds, to records of a number of their own.
"""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date

import psycopg
import pytest
from dbt_workplace import PROJECT, Workplace

from customer360 import warehouse

STORIES = {
    "same": ("ab cd e", "e cd ab", "ab cd e", "ab cd e"),
    # some of what is new comes before the others in every order
    "grows": ("b d", "ab cd e", "ab cd e", "ab cd e"),
    # the oldest key, which stays, has the fewest records
    "merged": ("d", "abc d", "abcd", "abc d"),
    # the name that the part would get is taken
    "parted": ("abc", "a bc", "abc", "a bc"),
    "gone": ("ab c", "ab", "ab c", "ab c"),
    # a part goes to another customer, which is older
    "undone": ("e", "abc e", "bce a", "abc e"),
}
"""What each build finds."""

# one process for all builds: to start one takes longer than to build these models
_DBT = """
import json, os, sys
from dbt.cli.main import dbtRunner

answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
runner = dbtRunner(manifest=dbtRunner().invoke(json.loads(sys.argv[1])).result)
for line in sys.stdin:
    done = runner.invoke(json.loads(line))
    said = " ".join(str(each.message) for each in done.result or ())
    print(json.dumps([done.success, said or str(done.exception)]), file=answers)
    answers.flush()
"""
_OPTIONS = (
    *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
    # as it is remembered from other tests, which saves reading the project
    *("--vars", "{}", "--log-level", "none"),
)
REMEMBERED = ("customer_keys", "customer_key_records", "customer_key_history")
STATE = (*REMEMBERED, "settled_customer_keys", "settled_key_records")
SELECTED = (
    *(f"stg_identity__{name}" for name in REMEMBERED),
    *("path:models/intermediate/identity/keys", "int_identity__customers"),
    *("int_identity__record_clusters", "int_identity__key_history"),
)
DAY = date(2026, 6, 30)


@dataclasses.dataclass(frozen=True)
class Builder:
    """Who finds clusters, and has dbt give them keys."""

    workplace: Workplace
    process: subprocess.Popen[str]

    def dbt(self, *arguments: str) -> tuple[bool, str]:
        """Run dbt; whether it succeeded, and what the models said."""
        assert self.process.stdin
        assert self.process.stdout
        print(json.dumps([*arguments, *_OPTIONS]), file=self.process.stdin, flush=True)
        succeeded, said = json.loads(self.process.stdout.readline())
        return succeeded, said

    def build(self, number: int) -> tuple[bool, str]:
        """Find the clusters of that build, in a schema made anew; give them keys."""
        clusters = [
            [f"{k}{letter}" for letter in cluster]
            for k, story in enumerate(STORIES.values())
            for cluster in story[number].split()
        ]
        with warehouse.connect(self.workplace.settings, "transformer") as connection:
            connection.execute(
                "drop schema intermediate cascade; create schema intermediate;"
                "set search_path = intermediate;"
                "create table int_identity__clusters "
                "(customer_record_key text, cluster text);"
                "create table int_identity__links "
                "(record_key text, other_record_key text, rule text);"
                f"create table int_as_of_date as select date '{DAY}' as as_of_date"
            )
            connection.cursor().executemany(
                "insert into int_identity__clusters values (%s, %s)",
                [(record, min(each)) for each in clusters for record in each],
            )
            connection.cursor().executemany(
                "insert into int_identity__links values (%s, %s, 'email')",
                [(each[0], record) for each in clusters for record in each[1:]],
            )
            connection.execute(
                "create view int_identity__components as select "
                "customer_record_key as node, cluster as component "
                "from int_identity__clusters"
            )
        return self.dbt("run", "--select", *SELECTED)

    def state(self) -> list[list[tuple]]:
        """All that is remembered, to the bit."""
        return [
            list(self.workplace.table(f"ops.{name}").itertuples(index=False, name=None))
            for name in STATE
        ]

    def keys(self) -> dict[str, str]:
        """The customer key of each record."""
        found = self.workplace.table("intermediate.int_identity__customers")
        pairs = zip(found["customer_record_key"], found["customer_key"], strict=True)
        return dict(pairs)

    def settle(self) -> None:
        """Do what a publication does."""
        with warehouse.connect(self.workplace.settings, "publisher") as connection:
            connection.execute("select ops.settle()")

    def take_back(self) -> bool:
        """Do what a run of the pipeline begins with; whether there was anything."""
        with warehouse.connect(self.workplace.settings, "transformer") as connection:
            [(has_changed,)] = connection.execute("select ops.take_back()")
            return has_changed

    def as_admin(self, statement: str) -> None:
        with warehouse.connect(self.workplace.settings, "admin") as connection:
            connection.execute(statement)


@dataclasses.dataclass(frozen=True)
class Told:
    """What one story came to."""

    keys: list[dict[str, str]]
    """Record → customer key, after each build."""
    changes: list[tuple]
    """Revision, kind, key, other key, records, reason."""


@pytest.fixture(scope="module")
def builder(workplace: Workplace) -> Iterator[Builder]:
    parse = json.dumps(["parse", *_OPTIONS])
    with workplace.starts(sys.executable, "-c", _DBT, parse) as process:
        yield Builder(workplace, process)


@pytest.fixture(scope="module")
def told(builder: Builder) -> dict[str, Told]:
    after = []
    for number in range(4):
        done, said = builder.build(number)
        assert done, said
        after.append(builder.keys())
    history = builder.workplace.table("intermediate.int_identity__key_history")
    assert set(history["as_of_date"]) == {DAY}
    found = {}
    for k, story in enumerate(STORIES):
        keys = [
            {record[1:]: key for record, key in each.items() if record[0] == str(k)}
            for each in after
        ]
        own = {key for each in keys for key in each.values()}
        columns = ["revision", "kind", "customer_key", "other_customer_key"]
        rows = history[history["customer_key"].isin(own)][
            [*columns, "customer_records", "reason"]
        ]
        found[story] = Told(
            keys, sorted(rows.itertuples(index=False, name=None), key=str)
        )
    return found


def later(story: Told) -> list[tuple]:
    """The changes after the first build."""
    return [row for row in story.changes if row[0] > 1]


def test_the_same_again_changes_nothing(told: dict[str, Told]) -> None:
    same = told["same"]
    assert same.keys == [same.keys[0]] * 4
    assert len(set(same.keys[0].values())) == 3
    assert [row[1] for row in same.changes] == ["created"] * 3


def test_new_records_change_no_key_that_was_there(told: dict[str, Told]) -> None:
    first, *others = told["grows"].keys
    for keys in others:
        assert keys["a"] == keys["b"] == first["b"]
        assert keys["c"] == keys["d"] == first["d"]
    assert later(told["grows"]) == [
        (2, "created", others[0]["e"], None, 1, "new records"),
    ]


def test_what_is_parted_again_has_its_old_keys(told: dict[str, Told]) -> None:
    first, before, merged, after = told["merged"].keys
    assert set(merged.values()) == {first["d"]}
    assert after == before
    a, d = before["a"], before["d"]
    assert later(told["merged"]) == [
        (2, "created", a, None, 3, "new records"),
        (3, "absorbed", a, d, 3, "linked by email"),
        (4, "restored", a, d, 3, "no longer linked"),
    ]


def test_a_part_gets_a_key_of_its_own_once(told: dict[str, Told]) -> None:
    whole, parted, _, again = told["parted"].keys
    assert parted["b"] == whole["b"] != parted["a"]
    assert again == parted
    a, b = parted["a"], parted["b"]
    assert later(told["parted"]) == [
        (2, "split", a, b, 1, "no longer linked"),
        (3, "absorbed", a, b, 1, "linked by email"),
        (4, "restored", a, b, 1, "no longer linked"),
    ]


def test_what_is_whole_again_has_its_old_key(told: dict[str, Told]) -> None:
    first, before, parted, after = told["undone"].keys
    assert parted["b"] == parted["c"] == first["e"]
    assert parted["a"] not in before.values()
    assert after == before
    a, e, part = before["a"], first["e"], parted["a"]
    assert later(told["undone"])[1:] == [
        (3, "absorbed", a, e, 2, "linked by email"),
        (3, "split", part, a, 1, "no longer linked"),
        (4, "absorbed", part, a, 1, "linked by email"),
        (4, "restored", a, e, 2, "no longer linked"),
    ]


def test_records_that_are_back_have_their_key(told: dict[str, Told]) -> None:
    first, without, back, _ = told["gone"].keys
    assert without == {"a": first["a"], "b": first["b"]}
    assert back == first
    assert later(told["gone"]) == [
        (2, "retired", first["c"], None, 0, "its records are gone"),
        (3, "restored", first["c"], None, 1, "its records are back"),
    ]


@pytest.mark.usefixtures("told")
def test_nothing_is_written_where_nothing_changes(builder: Builder) -> None:
    state = builder.state()
    assert builder.build(3)[0]
    assert builder.state() == state
    # nor by a part of the models, or by models that are empty
    for options in ([], ["--empty"]):
        assert builder.dbt("run", "--select", "int_identity__customers", *options)[0]
        assert builder.state() == state


@pytest.mark.usefixtures("told")
def test_keys_are_written_with_their_table_or_not_at_all(builder: Builder) -> None:
    state = builder.state()
    builder.as_admin(
        "alter table ops.customer_key_history "
        "add constraint no_merge check (kind <> 'absorbed') not valid"
    )
    done, said = builder.build(2)
    assert not done
    assert "no_merge" in said
    assert builder.state() == state
    builder.as_admin("alter table ops.customer_key_history drop constraint no_merge")


@pytest.mark.usefixtures("told")
def test_models_of_an_older_build_write_nothing(builder: Builder) -> None:
    builder.as_admin(
        "insert into ops.customer_key_history "
        "select 1 + max(revision) + 1, 'x', 'created', null, 1, '', current_date "
        "from ops.customer_key_history"
    )
    state = builder.state()
    done, said = builder.dbt("run", "--select", "int_identity__customers")
    assert not done
    assert "select +int_identity__customers" in said
    assert builder.state() == state


@pytest.mark.usefixtures("told")
def test_builds_that_were_never_published_never_were(builder: Builder) -> None:
    assert builder.take_back()
    assert builder.state() == [[] for _ in STATE]
    assert not builder.take_back()

    def build(number: int) -> list[list[tuple]]:
        done, said = builder.build(number)
        assert done, said
        return builder.state()

    build(0)
    builder.settle()
    published = builder.state()
    expected, keys = build(3), builder.keys()
    assert builder.take_back()
    assert builder.state() == published

    # keys are minted and then absorbed, and settled ones change twice
    build(1)
    assert build(2)[:3] != published[:3]
    assert builder.take_back()
    assert builder.state() == published
    # what is left of the build would lean on what has been taken back
    done, said = builder.dbt("run", "--select", "int_identity__customers")
    assert not done
    assert "taken back since" in said
    assert (build(3), builder.keys()) == (expected, keys)

    # the same keys again, as by a model that is built anew alone, are none
    builder.settle()
    settled = builder.state()
    assert settled[:3] == expected[:3]
    assert not builder.take_back()
    assert builder.dbt("run", "--select", "int_identity__customers")[0]
    builder.take_back()
    assert builder.state() == settled


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("loader", "select from ops.customer_keys"),
        ("loader", "select ops.take_back()"),
        ("loader", "select from ops.settled_customer_keys"),
        ("publisher", "select ops.take_back()"),
        ("publisher", "update ops.settlement set is_pending = false"),
        ("reporter", "select ops.settle()"),
        ("transformer", "select ops.settle()"),
        ("transformer", "update ops.settlement set revision = 0"),
        ("transformer", "update ops.customer_key_records set settlement = 9"),
        ("transformer", "delete from ops.customer_key_history"),
        ("transformer", "delete from ops.settled_customer_keys"),
        ("publisher", "select from ops.customer_key_records"),
        ("reporter", "select from ops.customer_key_history"),
        ("transformer", "delete from ops.customer_keys"),
        ("transformer", "update ops.customer_keys set revision = 0"),
        ("transformer", "update ops.customer_key_history set reason = ''"),
        ("transformer", "truncate ops.customer_key_records"),
    ],
)
def test_nobody_else_may(
    workplace: Workplace, role: warehouse.Role, statement: str
) -> None:
    with (
        warehouse.connect(workplace.settings, role) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement)
