"""Files that can't be taken, and files that are somebody's."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import psycopg
import pytest

from customer360.settings import ROOT

from .command import Person, closed, without_rights

GOOD = "customer_id,email\n{},ann@example.org\n"
NO_KEY = "first_name,email\nXenophon,xenophon@example.org\n"
NO_KEY_SAID = (
    "{} has no header with the key column customer_id of raw.csv_customers: its first "
    "line has 2 fields separated by commas"
)
AGAIN = "Put that right and load again: what was loaded is not loaded twice."


def loaded(person: Person) -> set[str]:
    with psycopg.connect(person.environment["C360_DATABASE_URL"]) as connection:
        rows = connection.execute("select _source_file from raw.csv_customers")
        return {name for (name,) in rows}


# ---- what cannot be loaded -------------------------------------------------


def test_file_without_its_key_column(own_database: Person) -> None:
    person = own_database
    for number, name in enumerate(("a", "c"), start=1):
        (person.landing / f"csv_customers_{name}.csv").write_text(GOOD.format(number))
    (person.landing / "csv_customers_b.csv").write_text(NO_KEY)

    done = person.types("load")
    assert done.returncode == 2
    assert person.the_line(done.stderr) == (
        f"1 of 3 files failed: {NO_KEY_SAID.format('csv_customers_b.csv')}. {AGAIN}"
    )
    assert "enophon" not in done.stdout + done.stderr
    assert loaded(person) == {"csv_customers_a.csv", "csv_customers_c.csv"}

    (person.landing / "csv_customers_b.csv").write_text(GOOD.format(3))
    done = person.types("load")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("the same content was loaded in batch") == 2
    assert len(loaded(person)) == 3


def test_run_with_a_file_without_its_key_column(
    own_database: Person, used_home: Path
) -> None:
    person = own_database.but_with(C360_HOME=used_home)
    (person.landing / "csv_customers_a.csv").write_text(NO_KEY)
    (person.landing / "csv_customers_b.csv").write_text(GOOD.format(1))
    done = person.types("run")
    assert done.returncode == 2, done.stdout + done.stderr
    line = person.the_line(done.stderr)
    assert line.startswith(NO_KEY_SAID.format("csv_customers_a.csv"))
    log = re.search(r"\(Task load; log: (\S+)\)$", line)
    assert log and NO_KEY_SAID.format("csv_customers_a.csv") in Path(log[1]).read_text()
    assert "enophon" not in done.stdout + done.stderr + Path(log[1]).read_text()
    assert "✓ load" in done.stdout, "the good file was loaded"
    assert loaded(person) == {"csv_customers_b.csv"}
    assert not person.export.exists() or not list(person.export.iterdir())


def test_file_that_may_not_be_read(own_database: Person) -> None:
    person = own_database
    for number, name in enumerate(("mine", "theirs"), start=1):
        (person.landing / f"csv_customers_{name}.csv").write_text(GOOD.format(number))
    with closed(person.landing / "csv_customers_theirs.csv", 0):
        done = person.types("load", through=without_rights())
    assert done.returncode == 2
    assert person.the_line(done.stderr) == (
        "1 of 2 files failed: csv_customers_theirs.csv cannot be read: Permission "
        f"denied. {AGAIN}"
    )
    assert loaded(person) == {"csv_customers_mine.csv"}


# ---- what must not be lost -------------------------------------------------


def test_example_data_never_replaces_or_joins_other_peoples(person: Person) -> None:
    theirs = person.landing / "csv_customers.csv"
    theirs.write_text(GOOD.format(1))
    assert person.errs("generate") == (
        f"{person.landing} holds files to load already (csv_customers.csv): add "
        "--replace if that is example data, or name another folder with --landing."
    )
    assert theirs.read_text() == GOOD.format(1)

    theirs.rename(person.landing / "csv_customers_march.csv")
    person.errs("generate")
    assert person.errs("generate", "--replace") == (
        f"{person.landing} holds other files to load (csv_customers_march.csv): "
        "example people and theirs would be one company's customers. Name another "
        "folder with --landing."
    )
    assert len(list(person.landing.iterdir())) == 1
    assert not person.home.exists()


def test_example_data_gives_way_to_example_data(person: Person) -> None:
    made = person.landing / "csv_customers.csv"
    (person.landing / "notes.txt").write_text("")
    assert person.types("generate", "--customers=20").returncode == 0
    before = made.read_bytes()
    person.errs("generate", "--customers=30")
    assert made.read_bytes() == before
    assert person.types("generate", "--customers=30", "--replace").returncode == 0
    assert len(made.read_bytes()) > len(before)


@pytest.fixture
def checkout(person: Person) -> Person:
    """Somebody with a checkout of their own, where env writes its file."""
    copy = person.folder / "checkout"
    shutil.copytree(
        ROOT / "customer360",
        copy / "customer360",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    shutil.copy(ROOT / ".env.example", copy)
    return person.but_with(PYTHONPATH=copy)


def test_env_is_written_once(checkout: Person) -> None:
    file = checkout.folder / "checkout" / ".env"
    done = checkout.types("env")
    assert (done.returncode, done.stderr) == (0, "")
    written = file.read_text()
    secrets = re.findall(r"^\w+(?:PASSWORD|KEY|SECRET)=(.+)$", written, re.MULTILINE)
    assert len(secrets) > 3
    assert not any(secret in done.stdout for secret in secrets)

    file.write_text(written.replace("AIRFLOW_PORT", "# AIRFLOW_PORT"))
    done = checkout.types("env")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        ".env is there already: left as it is; it lacks AIRFLOW_PORT, see "
        ".env.example\n"
    )
    assert file.read_text() == written.replace("AIRFLOW_PORT", "# AIRFLOW_PORT")


def test_env_where_nothing_may_be_written(checkout: Person) -> None:
    folder = checkout.folder / "checkout"
    with closed(folder, 0o500):
        line = checkout.errs("env", through=without_rights())
    assert line == (
        f"can't write {folder}/.env: Permission denied. Put that right and try again."
    )


def test_env_is_written_whole_or_not_at_all(checkout: Person) -> None:
    # a limit on file size fails like a full disk does: while writing
    line = checkout.errs("env", through=("sh", "-c", 'ulimit -f 1; exec "$@"', "sh"))
    file = checkout.folder / "checkout" / ".env"
    assert line == f"can't write {file}: File too large. Put that right and try again."
    assert not file.exists()
