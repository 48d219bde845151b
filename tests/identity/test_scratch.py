"""An evaluation's schema: nobody else's, and gone whatever happens."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from customer360 import warehouse
from customer360.identity.scratch import scratch_schema
from customer360.settings import Settings

# makes a schema with a table in it, and waits to be killed
ALONE = """
import sys
from pathlib import Path
from customer360 import warehouse
from customer360.identity.scratch import scratch_schema
from customer360.settings import Settings
settings = Settings(Path(sys.argv[1]), sys.argv[2], Path("none"), Path("none"))
with scratch_schema(settings) as scratch:
    with warehouse.connect(settings, "transformer") as connection:
        connection.execute(f"create table {scratch.schema}.people ()")
    print(scratch.schema, flush=True)
    sys.stdin.read()
"""


def schemas(settings: Settings) -> dict[str, str]:
    """Scratch schemas, and whose they are."""
    with warehouse.connect(settings, "admin") as connection:
        return dict(
            connection.execute(
                "select nspname, nspowner::regrole::text from pg_namespace "
                "where nspname like 'identity\\_%'"
            ).fetchall()
        )


def database_name(settings: Settings) -> str:
    return settings.database_url.rpartition("/")[2]


def folders(settings: Settings) -> list[str]:
    found = settings.home / "evaluations" / database_name(settings)
    return sorted(path.name for path in found.iterdir()) if found.exists() else []


def test_a_schema_is_the_transformers_and_gone_afterwards(database: Settings) -> None:
    with scratch_schema(database) as one, scratch_schema(database) as other:
        expected = {one.schema: "c360_transformer", other.schema: "c360_transformer"}
        assert schemas(database) == expected
        assert folders(database) == sorted(expected)
        for scratch in (one, other):
            (scratch.folder / "target").mkdir()
    assert schemas(database) == {}
    assert folders(database) == []


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_nothing_is_left_after_an_error(
    database: Settings, error: type[BaseException]
) -> None:
    with pytest.raises(error), scratch_schema(database) as scratch:
        with warehouse.connect(database, "transformer") as connection:
            connection.execute(f"create table {scratch.schema}.people ()")
        raise error
    assert schemas(database) == {}
    assert folders(database) == []


def test_the_next_one_removes_what_a_killed_one_left(database: Settings) -> None:
    command = [sys.executable, "-c", ALONE, database.home, database.database_url]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        try:
            left = process.stdout.readline().strip()
            with scratch_schema(database) as scratch:
                assert {left, scratch.schema} == set(schemas(database))
            assert [left] == list(schemas(database)), "it lives"
            assert folders(database) == [left]
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
    # as soon as the server has noticed that
    with warehouse.connect(database, "admin", autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid, 20000) from pg_stat_activity where "
            "application_name = 'customer360 evaluate' "
            "and datname = current_database()"
        )
    with scratch_schema(database) as scratch:
        assert list(schemas(database)) == [scratch.schema]
        assert folders(database) == [scratch.schema]


def test_schemas_of_other_names_are_other_peoples(database: Settings) -> None:
    with warehouse.connect(database, "transformer") as connection:
        connection.execute("create schema identity_checks")
        connection.execute("create schema identity_ffffffff")
    ours = database.home / "evaluations" / database_name(database) / "notes"
    ours.mkdir(parents=True)
    try:
        with scratch_schema(database):
            pass
        assert set(schemas(database)) == {"identity_checks", "identity_ffffffff"}
        assert folders(database) == ["notes"]
    finally:
        ours.rmdir()
