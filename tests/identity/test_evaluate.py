"""`customer360 evaluate identity`: as good as promised, and nothing of it stays."""

from __future__ import annotations

import csv
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from customer360 import warehouse
from customer360.identity.evaluate import pair_scores
from customer360.settings import Settings

from .conftest import Evaluator, scores

FAKE_1000 = [
    *("--truth-column", "cluster", "--map"),
    "given_name=first_name,surname=surname,birth_date=dob,city=city,email=email",
]
FEBRL = [
    *("--truth-column", "person", "--map"),
    "given_name=given_name,surname=surname,birth_date=date_of_birth,postcode=postcode,"
    "address=street_number,address=address_1,address=address_2,city=suburb,"
    "issued_id=soc_sec_id,other=state",
]
PRINTED = [
    *("pair_precision", "pair_recall", "pair_f1", "bcubed_f1", "exact_cluster_share"),
    *("clusters", "largest_cluster", "records", "seconds"),
]


def traces(settings: Settings) -> tuple[list[str], int]:
    """Schemas of evaluations, and runs of dbt that publishing would ask about."""
    with warehouse.connect(settings, "admin") as connection:
        schemas = connection.execute(
            "select nspname from pg_namespace where nspname like 'identity\\_%'"
        ).fetchall()
        [[runs]] = connection.execute("select count(*) from ops.dbt_invocations")
    return [name for (name,) in schemas], runs


def dbt_is_at_work(settings: Settings) -> bool:
    with warehouse.connect(settings, "admin") as connection:
        [[found]] = connection.execute(
            "select exists(select from pg_stat_activity where "
            "application_name = 'customer360_dbt' and datname = current_database())"
        ).fetchall()
    return found


def eventually(condition: Callable[[], object], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def test_fake_1000_beside_a_run(evaluator: Evaluator, fake_1000: Path) -> None:
    keys = evaluator.folder / "keys.csv"
    # the pipeline is at work: it has nothing to do with that
    with warehouse.pipeline_lock(evaluator.settings):
        found = evaluator.evaluates(
            "--records", fake_1000, *FAKE_1000, "--output", keys
        )
    assert list(found) == PRINTED
    assert found["pair_f1"] >= 0.975
    assert found["records"] == 1000
    assert traces(evaluator.settings) == ([], 0)

    with keys.open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["record_number", "customer_key"]
    assert [number for number, _ in rows] == [str(k) for k in range(1, 1001)]
    with fake_1000.open(newline="") as file:
        persons = [row["cluster"] for row in csv.DictReader(file)]
    expected = pair_scores([key for _, key in rows], persons)
    assert (expected.precision, expected.recall, expected.f1) == tuple(
        found[name] for name in PRINTED[:3]
    )
    assert expected.customers == found["clusters"]


def test_febrl_two_at_once(evaluator: Evaluator, febrl: Path) -> None:
    with (
        evaluator.starts("--records", febrl / "febrl3.csv", *FEBRL) as third,
        evaluator.starts(
            *("--records", febrl / "febrl4.csv", *FEBRL),
            *("--source-column", "file", "--link-only"),
        ) as fourth,
    ):
        found = [scores(third), scores(fourth)]
    assert [one["records"] for one in found] == [5_000, 10_000]
    assert min(one["pair_f1"] for one in found) >= 0.999
    assert traces(evaluator.settings) == ([], 0)


def test_a_single_record(evaluator: Evaluator) -> None:
    people = evaluator.folder / "people.csv"
    people.write_text("who,last\n1,Fox\n")
    found = evaluator.evaluates(
        *("--records", people, "--truth-column", "who", "--map", "surname=last")
    )
    assert [found[name] for name in PRINTED[:-1]] == [None, None, None, 1, 1, 1, 1, 1]


def test_interrupted(evaluator: Evaluator, fake_1000: Path) -> None:
    with evaluator.starts("--records", fake_1000, *FAKE_1000) as command:
        eventually(lambda: dbt_is_at_work(evaluator.settings))
        assert command.poll() is None, command.communicate()
        os.killpg(command.pid, signal.SIGINT)
        said, progress = command.communicate()
    assert (command.returncode, said) == (130, "")
    assert progress.endswith("interrupted\n")
    assert "Traceback" not in progress
    assert traces(evaluator.settings) == ([], 0)


def test_mistakes_are_one_line(evaluator: Evaluator) -> None:
    people = evaluator.folder / "people.csv"
    people.write_text("who,last,system\n1,Fox,crm\n1,Fox,crm\n")
    words = ["--records", people, "--truth-column", "who"]
    named = [*words, "--map", "surname=last"]
    assert "no column first" in evaluator.errs(*words, "--map", "surname=first")
    assert "no field name" in evaluator.errs(*words, "--map", "name=last")
    assert "--source-column" in evaluator.errs(*named, "--link-only")
    assert "of one source" in evaluator.errs(
        *named, "--link-only", "--source-column", "system"
    )
    assert "--output" in evaluator.errs(*named, "--output", people)
    assert "--output" in evaluator.errs(*named, "--output", "nowhere/keys.csv")
    assert "does not exist" in evaluator.errs("--records", "none.csv", *named[2:])
    assert "--truth-column" in evaluator.errs(*named[:2], *named[4:])
    assert traces(evaluator.settings) == ([], 0)
