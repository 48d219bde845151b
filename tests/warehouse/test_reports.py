"""`customer360 db status`, `env` and `psql` on the embedded server."""

from __future__ import annotations

import io
import os
import subprocess
from pathlib import Path

import psycopg
import pytest
from rich.console import Console

from customer360 import warehouse
from customer360.settings import Settings
from customer360.warehouse import binaries


def test_env_leads_any_client_here(database: Settings) -> None:
    exports = warehouse.shell_exports(database)
    psql = binaries.program("psql")
    done = subprocess.run(
        [
            "sh",
            "-ec",
            f'eval "$1"; "{psql}" -XAtc "select current_user, current_database(), '
            'current_setting(\'TimeZone\')"; echo "role:$C360_DBT_ROLE"',
            "sh",
            exports,
        ],
        env={"PATH": os.environ["PATH"], "PGHOST": "elsewhere.invalid"},
        capture_output=True,
        text=True,
    )
    name = database.database_url.rpartition("/")[2]
    assert done.stdout.split() == [f"c360_transformer|{name}|UTC", "role:"], done.stderr


def test_env_tells_what_power_bi_needs(database: Settings) -> None:
    told = {}
    for line in warehouse.shell_exports(database).splitlines():
        words = line.strip("# ").split(maxsplit=1)
        if line.startswith("#   "):
            told[words[0]] = words[1]
    host, port = told["server"].split(":")
    role, file = told["password"].removeprefix("see ").split(" in ")
    assert role == "c360_reporter"
    assert Path(file).is_file()
    # the way a person would: the password is in that file, under that name
    password = psycopg.connect(
        host=host,
        port=port,
        dbname=told["database"],
        user=told["user"],
        password=warehouse.client_environment(database, "reporter")["PGPASSWORD"],
    )
    password.close()
    assert f'"{role}"' in Path(file).read_text()


def test_status_tells_where_things_are(database: Settings) -> None:
    console = Console(file=io.StringIO(), width=200)
    warehouse.status(database, console)
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    for part in ("up since", "PostgreSQL 18", "kB", str(database.home), "127.0.0.1"):
        assert part in text
    password = warehouse.client_environment(database)["PGPASSWORD"]
    assert password not in text


def test_status_of_what_does_not_exist(tmp_path: Path) -> None:
    console = Console(file=io.StringIO(), width=200)
    settings = Settings(
        tmp_path / "home", "embedded:///customer360", tmp_path, tmp_path
    )
    warehouse.status(settings, console)
    assert isinstance(console.file, io.StringIO)
    assert "not made yet" in console.file.getvalue()
    assert not settings.home.exists(), "looking makes nothing"


@pytest.mark.parametrize(("query", "code"), [("select 1", 0), ("select nonsense", 1)])
def test_psql_gives_its_exit_code(
    database: Settings, tmp_path: Path, query: str, code: int
) -> None:
    out = tmp_path / "out"
    assert warehouse.psql(database, ["-XAtc", query, "-o", str(out)]) == code
    assert out.read_text() == ("1\n" if code == 0 else "")


def test_callers_postgres_variables_do_not_matter(
    database: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "PGHOST": "elsewhere.invalid",
        "PGHOSTADDR": "192.0.2.1",
        "PGPORT": "1",
        "PGUSER": "somebody",
        "PGDATABASE": "something",
        "PGTZ": "Asia/Tokyo",
    }.items():
        monkeypatch.setenv(name, value)
    warehouse.ensure_ready(database)
    with warehouse.connect(database, "reporter") as connection:
        row = connection.execute(
            "select current_user, current_setting('TimeZone')"
        ).fetchone()
    assert row == ("c360_reporter", "UTC")
