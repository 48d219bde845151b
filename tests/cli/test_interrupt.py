"""Ctrl-C: exit code 130, nothing left at work, and a database as good as before."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest

from .command import PATIENCE, Person

LOAD = "customer_id,email\n1,ann@example.org\n"


def eventually(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def at_work(person: Person) -> list[str]:
    """Processes that work for this person, wherever they were started."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("C360_HOME") == str(person.home):
                found.append(" ".join(process.cmdline()))
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


@contextmanager
def watching(person: Person) -> Iterator[psycopg.Connection]:
    url = person.environment["C360_DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def others(connection: psycopg.Connection, condition: str = "true") -> int:
    """Connections to the database but this one."""
    row = connection.execute(
        "select count(*) from pg_stat_activity where datname = current_database() and "
        f"backend_type = 'client backend' and pid <> pg_backend_pid() and {condition}"
    ).fetchone()
    assert row
    return row[0]


def interrupt(person: Person, command: subprocess.Popen[str]) -> str:
    """Press Ctrl-C, as the terminal passes it on; returns what was said on stdout."""
    assert command.poll() is None, command.communicate()
    os.killpg(command.pid, signal.SIGINT)
    out, err = command.communicate(timeout=PATIENCE)
    person.check_discretion(out + err)
    assert command.returncode == 130, out + err
    assert err == "interrupted\n"
    assert not at_work(person)
    return out


@pytest.mark.parametrize("words", [["load"], ["run"]])
def test_in_the_middle_of_a_load(
    own_database: Person, used_home: Path, words: list[str]
) -> None:
    person = own_database.but_with(C360_HOME=used_home)
    (person.landing / "csv_customers.csv").write_text(LOAD)
    with watching(person) as connection:
        with watching(person) as blocking, blocking.transaction():
            blocking.execute("lock table raw.csv_customers in share mode")
            with person.starts(*words) as command:
                eventually(lambda: others(connection, "wait_event_type = 'Lock'"))
                interrupt(person, command)
        eventually(lambda: not others(connection), 20)
        rows = "select count(*) from raw.csv_customers"
        assert connection.execute(rows).fetchone() == (0,)
        done = person.types("load")
        assert (done.returncode, done.stderr) == (0, "")
        assert connection.execute(rows).fetchone() == (1,)


def test_in_the_middle_of_a_query_of_dbts(person: Person, dbt_target: Path) -> None:
    person = person.but_with(DBT_TARGET_PATH=dbt_target)
    query = "select pg_sleep(600) as nothing"
    with watching(person) as connection:
        with person.starts("dbt", "show", "--inline", query) as command:
            eventually(lambda: others(connection, "query like '%pg_sleep(600)%'"))
            interrupt(person, command)
        eventually(lambda: not others(connection), 20)


def test_while_dbt_is_being_started(person: Person, dbt_target: Path) -> None:
    person = person.but_with(DBT_TARGET_PATH=dbt_target)
    with person.starts("dbt", "ls") as command:
        eventually(lambda: len(at_work(person)) > 1)
        assert interrupt(person, command) == ""


def test_while_example_data_is_written(person: Person) -> None:
    with person.starts("generate", "--customers=100000") as command:
        eventually(lambda: any(person.landing.iterdir()))
        interrupt(person, command)
    assert not list(person.landing.iterdir()), "half a file is nobody's"
