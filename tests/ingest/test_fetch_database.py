"""Rows of another database come into the raw tables as those of files do."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from customer360 import ingest
from customer360.errors import UserError

from .fetching import Fetching
from .loads import gate, remove_gates, wait_for, waiting

if TYPE_CHECKING:
    from tests.conftest import GivenServer

TABLE = '"CRM"."All People"'
CREATE = f"""
    create schema "CRM";
    create table {TABLE} (
        "ID" bigint primary key,
        "Full % Name" text,
        city text,
        "Updated At" timestamptz
    );
    insert into {TABLE}
    select k, 'Name ' || k, 'Oslo', timestamptz '2026-01-01 00:00Z' + k * interval '1 s'
    from generate_series(1, 7) as k;
"""


@pytest.fixture
def other(newest: GivenServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Another company's database, of which a user may read all."""
    name = f"other_{secrets.token_hex(6)}"
    newest.create_database(name, "postgres")
    newest.create_user(name, "")
    monkeypatch.setenv("OTHER_URL", newest.url(name, name))
    with newest.admin(name) as connection:
        connection.execute(CREATE)
        connection.execute(f'grant usage on schema "CRM" to {name}')
        connection.execute(f'grant select on all tables in schema "CRM" to {name}')
        connection.execute(
            f'alter default privileges in schema "CRM" grant select on tables to {name}'
        )
        yield connection
    with newest.admin() as admin:
        admin.execute(f"drop database {name} with (force)")
        admin.execute(f"drop role {name}")


@pytest.fixture
def people(fetching: Fetching, other: psycopg.Connection) -> Fetching:
    """The database, declared; seven people are in it."""
    fetching.declare(crm=connection())
    return fetching


def connection(**options: Any) -> dict[str, Any]:
    return {
        "database": "${OTHER_URL}",
        "tables": {
            "shop_people": {
                "schema": "CRM",
                "table": "All People",
                "incremental": {"cursor_path": "Updated At"},
                "rename": {"Full % Name": "name"},
                **options,
            }
        },
    }


def test_a_table_comes_into_one_of_csv_files_with_its_lineage(people: Fetching) -> None:
    people.shop.write("shop/people.csv", "id,name,city\n90,Ann,Rome\n")
    assert people.fetched() == [7]
    fetched, loaded = people.load()[::-1]
    assert fetched.source_file == "shop/shop_people.fetched-00000001.jsonl.gz"
    assert (fetched.rows_loaded, loaded.rows_loaded) == (7, 1)
    assert people.shop.query(
        "select id, name, city, _source_file, _row_number, _extra "
        "from raw.shop_people where id = '7'"
    ) == [
        (
            *("7", "Name 7", "Oslo", fetched.source_file, 7),
            {"Updated At": "2026-01-01 00:00:07+00"},
        )
    ]


def test_only_what_is_new_or_changed_is_fetched(
    people: Fetching, other: psycopg.Connection
) -> None:
    assert [people.fetched() for _ in range(2)] == [[7], [0]]
    assert len(people.files()) == 1
    other.execute(
        f'update {TABLE} set city = null, "Updated At" = \'2026-02-01\' where "ID" = 3;'
        f'delete from {TABLE} where "ID" = 4;'
        f"insert into {TABLE} values (8, 'Bo', '', '2026-02-01')"
    )
    assert people.fetched() == [2]
    people.load()
    rows = people.shop.people()
    assert {city for number, _, city in rows if number == "3"} == {"Oslo", None}
    assert ("4", "Name 4", "Oslo") in rows  # gone there; a cursor does not see that
    assert rows[-1] == ("8", "Bo", "")
    assert len(rows) == 9
    assert people.fetched() == [0]


@pytest.mark.parametrize(
    ("kind", "first", "last"),
    [
        ("timestamptz", "2026-01-01 00:00:00.1+02", "2026-01-01 00:00:00.12+02"),
        ("timestamp", "2026-01-01 00:00:00", "2026-01-01 00:00:01"),
        ("date", "2026-01-01", "2026-01-02"),
        ("bigint", "9", "10"),
        ("numeric", "9.5", "10.25"),
        ("text", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
    ],
)
def test_a_cursor_may_be_of_any_kind(
    people: Fetching, other: psycopg.Connection, kind: str, first: str, last: str
) -> None:
    other.execute(
        f'create table "CRM".t (id int primary key, name text, seen {kind});'
        f"insert into \"CRM\".t values (1, 'a', '{first}'), (2, 'b', '{first}')"
    )
    options = {"table": "t", "incremental": {"cursor_path": "seen"}}
    people.declare(crm=connection(**options))
    assert people.fetched() == [2]
    assert people.fetched() == [0]
    # another version with the cursor that was the last one, and a new row
    other.execute(
        f"update \"CRM\".t set name = 'c' where id = 1;"
        f"insert into \"CRM\".t values (3, 'd', '{last}')"
    )
    assert people.fetched() == [2]
    assert [record["name"] for record in people.records()] == ["c", "d"]
    assert people.fetched() == [0]


def test_rows_without_a_cursor_are_fetched_rather_than_lost(
    people: Fetching, other: psycopg.Connection
) -> None:
    other.execute(f"insert into {TABLE} values (8, 'Bo', 'Rome', null)")
    assert people.fetched() == [8]
    assert people.fetched() == [1]
    # and are no new file while they are the same
    assert people.fetched() == [0]
    other.execute(f"update {TABLE} set city = 'Pisa' where \"ID\" = 8")
    assert people.fetched() == [1]
    people.load()
    cities = {city for number, _, city in people.shop.people() if number == "8"}
    assert cities == {"Rome", "Pisa"}


def test_a_lag_brings_what_was_committed_late(
    people: Fetching, other: psycopg.Connection
) -> None:
    incremental = {"cursor_path": "Updated At", "lag": 60}
    people.declare(crm=connection(incremental=incremental))
    people.fetch()
    other.execute(f"insert into {TABLE} values (8, 'Bo', '', '2026-01-01 00:00:01Z')")
    assert people.fetched() == [8]
    assert people.fetched() == [0]


def test_values_are_text_as_postgresql_writes_it(
    people: Fetching, other: psycopg.Connection
) -> None:
    values = {
        "numeric": ("12.10", "12.10"),
        "numeric(40, 2)": ("'NaN'", "NaN"),
        "double precision": ("0.1", "0.1"),
        "boolean": ("true", "true"),
        "timestamptz": ("'2026-01-31 23:30:00-02'", "2026-02-01 01:30:00+00"),
        "timestamp": ("'infinity'", "infinity"),
        "date": ("'0044-03-15 BC'", "0044-03-15 BC"),
        "interval": ("'1 day 2 hours'", "P1DT2H"),
        "jsonb": ("'{\"b\": [1.50, null]}'", '{"b": [1.50, null]}'),
        "bytea": ("'\\x00ff'", "\\x00ff"),
        "uuid": (2 * ("'00000000-0000-0000-0000-000000000001'",)),
        "text[]": ("array['a b', null]", '{"a b",NULL}'),
        "text": ("null", None),
        "point": ("'(1,2)'", "(1,2)"),
    }
    values["uuid"] = (values["uuid"][0], values["uuid"][1].strip("'"))
    columns = ", ".join(f"c{n} {kind}" for n, kind in enumerate(values))
    other.execute(
        f'create table "CRM".t (id int, {columns});'
        f'insert into "CRM".t values (1, {", ".join(v for v, _ in values.values())})'
    )
    people.declare(crm=connection(table="t", incremental=None))
    people.fetch()
    expected = {f"c{n}": text for n, (_, text) in enumerate(values.values())}
    assert people.records() == [{"id": "1", **expected}]
    people.load()
    assert people.shop.query("select _extra from raw.shop_people") == [(expected,)]


def test_without_a_cursor_the_whole_table_comes_when_it_has_changed(
    people: Fetching, other: psycopg.Connection
) -> None:
    people.declare(crm=connection(incremental=None))
    assert [people.fetched() for _ in range(2)] == [[7], [0]]
    people.load()
    other.execute(f'delete from {TABLE} where "ID" = 1')
    assert people.fetched() == [6]
    # it stands in for the one before: to overwrite with it removes what is gone
    assert people.files() == ["shop/shop_people.fetched-00000002.jsonl.gz"]
    people.load()
    other.execute(
        f"insert into {TABLE} values (1, 'Name 1', 'Oslo', '2026-01-01 00:00:01Z')"
    )
    # again as it once was, which must not pass for what was loaded then
    assert people.fetched() == [7]
    [result] = people.load()
    assert (result.state, result.rows_loaded) == ("loaded", 7)
    assert people.fetched() == [0]


@pytest.mark.parametrize("cursor", [None, {"cursor_path": "seen", "lag": 60}])
def test_rows_without_a_primary_key_come_in_the_same_order(
    people: Fetching, other: psycopg.Connection, cursor: dict[str, Any] | None
) -> None:
    other.execute(
        'create table "CRM".t (id int, name text, at point, seen timestamptz);'
        "insert into \"CRM\".t values (1, 'a', '(1,2)', '2026-01-01'), "
        "(2, 'b', '(2,1)', '2026-01-01'), (2, 'b', '(1,1)', '2026-01-01')"
    )
    people.declare(crm=connection(table="t", incremental=cursor))
    assert people.fetched() == [3]
    before = people.records()
    # says nothing new, but moves the row to the end of the table
    other.execute('update "CRM".t set name = name where id = 1')
    assert other.execute('select id from "CRM".t').fetchall() == [(2,), (2,), (1,)]
    assert [result.records for result in people.fetch(full=True)] == [0]
    assert people.records() == before
    assert [(row["id"], row["at"]) for row in before] == [
        ("1", "(1,2)"),
        ("2", "(1,1)"),
        ("2", "(2,1)"),
    ]


def test_views_and_many_rows(people: Fetching, other: psycopg.Connection) -> None:
    other.execute(
        'create view "CRM".many as select k as id, repeat(md5(k::text), 9) as name '
        "from generate_series(1, 20000) as k"
    )
    people.declare(crm=connection(table="many", incremental=None))
    assert people.fetched() == [20000]
    [result] = people.load()
    assert result.rows_loaded == 20000
    assert people.shop.query(
        "select count(distinct id), min(_row_number), max(_row_number) "
        "from raw.shop_people where name = repeat(md5(id), 9)"
    ) == [(20000, 1, 20000)]


def test_nothing_can_be_written_there(
    people: Fetching, other: psycopg.Connection
) -> None:
    other.execute(
        'create function "CRM".write() returns int language plpgsql as '
        f"$$ begin delete from {TABLE}; return 1; end $$;"
        'create view "CRM".evil as select "CRM".write() as id;'
        f'grant all on {TABLE} to public; grant all on "CRM".evil to public'
    )
    people.declare(crm=connection(table="evil", incremental=None))
    with pytest.raises(UserError, match="read-only transaction"):
        people.fetch()


# ---- when it ends too early ----


def test_killed_before_the_files_are_noted_nothing_is_lost_or_doubled(
    people: Fetching, other: psycopg.Connection
) -> None:
    with (
        people.shop.admin() as database,
        database.transaction(),
    ):
        # reading goes on, but nothing can be noted
        database.execute("lock table ops.fetched_files in share mode")
        with people.in_a_process():
            people.wait_until_noting()
    wait_for(lambda: not people.fetchers())
    assert people.shop.query("select count(*) from ops.fetched_files") == [(0,)]
    assert people.load() == []
    assert people.fetched() == [7]
    assert people.fetched() == [0]
    other.execute(f"insert into {TABLE} values (8, 'Bo', '', '2026-02-01')")
    assert people.fetched() == [1]
    assert not any("/." in name for name in people.files())
    people.load()
    assert people.shop.query(
        "select count(*), count(distinct id) from raw.shop_people"
    ) == [(8, 8)]


def test_killed_between_the_fetch_and_the_load_nothing_is_lost_or_doubled(
    people: Fetching,
) -> None:
    people.fetch()
    with gate(people.shop, row=5), people.in_a_process("ingest", "load_landing"):
        wait_for(lambda: waiting(people.shop) == 1)
    remove_gates(people.shop)
    assert people.fetched() == [0]
    people.load()
    assert len(people.shop.people()) == 7
    assert people.shop.query("select count(*) from ops.load_manifest") == [(1,)]


def test_a_file_that_is_removed_before_it_was_loaded_is_fetched_again(
    people: Fetching, other: psycopg.Connection
) -> None:
    people.fetch()
    people.load()
    for number in (8, 9):
        other.execute(
            f"insert into {TABLE} values ({number}, 'Bo', '', '2026-02-0{number}')"
        )
        assert people.fetched() == [1]
    first, *others = people.files()
    assert len(others) == 2
    for name in (first, others[0]):  # one was loaded, one was not
        (people.shop.landing / name).unlink()
    assert people.fetched() == [2]
    people.load()
    assert {row[0] for row in people.shop.people()} == set("123456789")
    assert people.fetched() == [0]


def test_what_an_overwrite_takes_away_is_fetched_again(
    people: Fetching, other: psycopg.Connection
) -> None:
    people.fetch()
    people.load()
    for name in people.files():
        (people.shop.landing / name).unlink()
    other.execute(f"insert into {TABLE} values (8, 'Bo', '', '2026-02-08')")
    assert people.fetched() == [1]
    ingest.load_landing(people.shop.settings, mode="overwrite")
    assert [row[0] for row in people.shop.people()] == ["8"]
    assert people.fetched() == [8]
    people.load()
    assert {row[0] for row in people.shop.people()} == set("12345678")


# ---- mistakes ----


def test_a_wrong_password_is_told_without_it(
    people: Fetching, newest: GivenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = os.environ["OTHER_URL"].replace(newest.password, "wrong-4711")
    monkeypatch.setenv("OTHER_URL", url)
    with pytest.raises(UserError) as error:
        people.fetch()
    assert str(error.value).startswith("crm: no connection (")
    assert "password authentication failed" in str(error.value)
    assert "wrong-4711" not in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("postgresql://a:b@127.0.0.1:9/x", r"no connection \(.*Connection refused"),
        ("postgresql://a:b%zz@host/x", r"the URL in \$\{OTHER_URL\} cannot be read"),
        ("nonsense", r"the URL in \$\{OTHER_URL\} cannot be read"),
    ],
)
def test_a_database_that_is_not_there_is_told(
    people: Fetching, monkeypatch: pytest.MonkeyPatch, url: str, message: str
) -> None:
    monkeypatch.setenv("OTHER_URL", url)
    with pytest.raises(UserError, match=message) as error:
        people.fetch()
    assert "zz" not in str(error.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"table": "none"}, "there is no table none, or its user may not see it"),
        ({"table": "secret"}, "permission denied for table secret"),
        ({"incremental": {"cursor_path": "none"}}, "there is no column none"),
    ],
)
def test_what_is_not_in_the_database_is_told(
    people: Fetching, other: psycopg.Connection, options: dict[str, Any], message: str
) -> None:
    other.execute(
        'create table "CRM".secret ("Updated At" int); '
        'revoke all on "CRM".secret from public'
    )
    other.execute(
        f'revoke all on "CRM".secret from {os.environ["OTHER_URL"].rpartition("/")[2]}'
    )
    people.declare(crm=connection(**options))
    with pytest.raises(UserError, match=message):
        people.fetch()
    assert people.files() == []
