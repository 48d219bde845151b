"""A PostgreSQL of the user's own, named by C360_DATABASE_URL."""

from __future__ import annotations

import dataclasses
import io
import os
import shutil
import socket
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from rich.console import Console

from customer360 import warehouse
from customer360.errors import UserError
from customer360.settings import Settings
from customer360.warehouse import setup

if TYPE_CHECKING:
    from tests.conftest import GivenServer


def given(url: str, tmp_path: Path) -> Settings:
    return Settings(tmp_path / "home", url, tmp_path / "in", tmp_path / "out")


def test_life_on_a_given_server(postgres15: Settings) -> None:
    console = Console(file=io.StringIO(), width=200)
    warehouse.ensure_ready(postgres15, console)
    warehouse.ensure_ready(postgres15, console)
    with warehouse.connect(postgres15, "transformer", application_name="me") as found:
        row = found.execute(
            "select current_user, session_user, current_setting('TimeZone'), "
            "current_setting('application_name'), "
            "current_setting('client_connection_check_interval')"
        ).fetchone()
    assert row == ("c360_transformer", "keeper", "UTC", "me", "2s")
    warehouse.stop(postgres15, console)
    warehouse.status(postgres15, console)
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert "PostgreSQL 15" in text
    assert "stays up" in text
    assert "keeper" in text
    password = psycopg.conninfo.conninfo_to_dict(postgres15.database_url)["password"]
    assert password not in text


@pytest.mark.parametrize(
    ("user", "options", "acts_as_roles"),
    [
        ("ann", "superuser", True),
        ("ben", "createrole", True),
        ("cleo", "", False),
    ],
)
@pytest.mark.parametrize("kind", ["debian15", "newest"])
def test_kinds_of_user(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    kind: str,
    user: str,
    options: str,
    acts_as_roles: bool,
) -> None:
    """PostgreSQL 16 changed what a user who may create roles can do with them."""
    server: GivenServer = request.getfixturevalue(kind)
    with server.admin() as connection:
        _drop_roles(connection)
    server.create_user(user, options)
    server.create_database(f"of_{user}", user)
    settings = given(server.url(user, f"of_{user}"), tmp_path)
    console = Console(file=io.StringIO(), width=300)
    warehouse.ensure_ready(settings, console)
    warehouse.ensure_ready(settings, console)
    assert isinstance(console.file, io.StringIO)
    notices = console.file.getvalue().count("may not create the c360_ roles")
    assert notices == (0 if acts_as_roles else 1), "said once, then never again"

    for role in ("loader", "transformer", "publisher", "reporter"):
        expected = f"c360_{role}" if acts_as_roles else user
        with warehouse.connect(settings, role) as connection:
            assert connection.execute("select current_user").fetchone() == (expected,)
        environment = warehouse.client_environment(settings, role)
        dbt_role = environment["C360_DBT_ROLE"]
        assert dbt_role == (expected if acts_as_roles else "")
    with warehouse.connect(settings, "loader") as connection:
        connection.execute("create table raw.people (name text)")
    with warehouse.connect(settings, "transformer") as connection:
        connection.execute("create table marts.people as select * from raw.people")
    with warehouse.connect(settings, "publisher") as connection:
        connection.execute("create table published.people as table marts.people")
    with warehouse.connect(settings, "reporter") as connection:
        connection.execute("select * from published.people")
    with warehouse.connect(settings, "publisher") as connection:
        connection.execute("select ops.settle()")
    with warehouse.connect(settings, "transformer") as connection:
        assert connection.execute("select ops.take_back()").fetchone() == (False,)


def _drop_roles(connection: psycopg.Connection) -> None:
    databases = connection.execute(
        "select datname from pg_database where datallowconn and datname <> 'template1'"
    ).fetchall()
    roles = [
        row[0]
        for row in connection.execute(
            "select rolname from pg_roles where rolname like 'c360_%'"
        )
    ]
    for (database,) in databases:
        url = connection.info.dsn
        params = {**psycopg.conninfo.conninfo_to_dict(url), "dbname": database}
        params["password"] = connection.info.password
        with psycopg.connect(**params, autocommit=True) as other:
            for role in roles:
                other.execute(f"drop owned by {role} cascade")
    for role in roles:
        connection.execute(f"drop role {role}")


def test_roles_that_another_user_made(newest: GivenServer, tmp_path: Path) -> None:
    """Whoever may create roles may not take those of somebody else, since 16."""
    with newest.admin() as connection:
        _drop_roles(connection)
    newest.create_database("first", "postgres")
    warehouse.ensure_ready(given(newest.url("postgres", "first"), tmp_path))
    newest.create_user("eve", "createrole")
    newest.create_database("second", "eve")
    settings = given(newest.url("eve", "second"), tmp_path)
    console = Console(file=io.StringIO(), width=300)
    warehouse.ensure_ready(settings, console)
    assert isinstance(console.file, io.StringIO)
    assert "may not" in console.file.getvalue()
    with warehouse.connect(settings, "loader") as connection:
        assert connection.execute("select current_user").fetchone() == ("eve",)
        connection.execute("create table raw.people (name text)")


def test_roles_given_later_are_taken_up(debian15: GivenServer, tmp_path: Path) -> None:
    with debian15.admin() as connection:
        _drop_roles(connection)
    debian15.create_user("dora")
    debian15.create_database("of_dora", "dora")
    settings = given(debian15.url("dora", "of_dora"), tmp_path)
    warehouse.ensure_ready(settings)
    with warehouse.connect(settings, "loader") as connection:
        connection.execute("create table raw.early (a int)")

    # the administrator does what the notice says
    with debian15.admin() as connection:
        for name, text in setup.sql_files():
            if name.startswith("010"):
                connection.execute(text.encode())
        for role in ("loader", "transformer", "publisher", "reporter"):
            connection.execute(f"grant c360_{role} to dora")
    warehouse.ensure_ready(settings)
    with warehouse.connect(settings, "loader") as connection:
        assert connection.execute("select current_user").fetchone() == ("c360_loader",)
        connection.execute("insert into raw.early values (1)")
        connection.execute("drop table raw.early")
    with warehouse.connect(settings, "transformer") as connection:
        connection.execute("select * from ops.load_manifest")


def test_databases_set_up_at_the_same_time(
    debian15: GivenServer, tmp_path: Path
) -> None:
    """Roles belong to the whole server: several setups want to make them."""
    with debian15.admin() as connection:
        _drop_roles(connection)
    names = [f"parallel_{number}" for number in range(4)]
    for name in names:
        debian15.create_database(name, "postgres")
    failures: list[BaseException] = []

    def ready(name: str) -> None:
        try:
            warehouse.ensure_ready(given(debian15.url("postgres", name), tmp_path))
        except BaseException as error:
            failures.append(error)

    threads = [
        threading.Thread(target=ready, args=(name,)) for name in (*names, *names)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures


def test_files_run_in_psql_too(debian15: GivenServer, tmp_path: Path) -> None:
    """As docker compose runs them: one psql for each file, twice."""
    psql = shutil.which("psql")
    if not psql:
        pytest.skip("psql is not installed")
    debian15.create_database("by_psql", "postgres")
    url = debian15.url("postgres", "by_psql")
    for _ in range(2):
        for path in sorted(setup._SQL.glob("*.sql")):
            done = subprocess.run(
                [psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-f", path],
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0, done.stderr
            assert "ERROR" not in done.stderr
    settings = given(url, tmp_path)
    warehouse.ensure_ready(settings)
    with warehouse.connect(settings, "publisher") as connection:
        connection.execute("select * from ops.publications")


def test_environment_for_other_programs(postgres15: Settings) -> None:
    warehouse.ensure_ready(postgres15)
    psql = shutil.which("psql")
    if not psql:
        pytest.skip("psql is not installed")
    done = subprocess.run(
        [
            "sh",
            "-ec",
            f'eval "$1"; "{psql}" -XAtc "select current_user, current_database(), '
            "current_setting('client_connection_check_interval')\" ; "
            'echo "$C360_DBT_ROLE"',
            "sh",
            warehouse.shell_exports(postgres15),
        ],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == ["keeper|customer360|2s", "c360_transformer"], (
        done.stderr
    )


def test_psql_is_the_urls_user(postgres15: Settings, tmp_path: Path) -> None:
    warehouse.ensure_ready(postgres15)
    out = tmp_path / "who"
    code = warehouse.psql(postgres15, ["-XAtc", "select current_user", "-o", str(out)])
    assert code == 0
    assert out.read_text() == "keeper\n"


# ---- mistakes --------------------------------------------------------------

SECRET = "Pa55word-in-the-url"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://u:p@h/d", "starts with mysql://"),
        (f"postgresql+psycopg2://u:{SECRET}@h/d", "must look like postgresql://"),
        (f"u:{SECRET}@h/d", "must look like postgresql://"),
        (f"postgresql://u:{SECRET}@h:port/d", "port must be a number"),
        (f"postgresql://u:{SECRET}@h:65536/d", "port must be a number"),
        (f"postgresql://u:{SECRET}%@h/d", "percent-encoded"),
        (f"postgresql://u:{SECRET}@h/d?nonsense=1", "cannot be read"),
        (f"postgresql://u:{SECRET}@127.0.0.1:1", "names no database"),
        (f"postgresql://u:{SECRET}@a,b/d", "one host"),
        (f"postgresql://u:{SECRET}@127.0.0.1:1/d", "No PostgreSQL answers"),
        (f"postgresql://u:{SECRET}@no-such-host.invalid/d", "No host named"),
        ("embedded://customer360", "embedded:///NAME"),
        ("embedded:///Customer-360", "embedded:///NAME"),
        ("embedded:///postgres", "embedded:///NAME"),
        ("embedded:///" + "x" * 64, "embedded:///NAME"),
    ],
)
def test_wrong_url(url: str, message: str, tmp_path: Path) -> None:
    settings = given(url, tmp_path)
    with pytest.raises(UserError, match=message) as caught:
        warehouse.ensure_ready(settings)
    assert SECRET not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not settings.home.exists()


def test_wrong_user_password_and_database(
    debian15: GivenServer, tmp_path: Path
) -> None:
    right = given(debian15.url("postgres", "nowhere"), tmp_path)
    with pytest.raises(UserError, match=r"nowhere does not exist .* \(createdb"):
        warehouse.ensure_ready(right)
    wrong = dataclasses.replace(
        right, database_url=right.database_url.replace(debian15.password, "wrong")
    )
    for attempt in (
        warehouse.ensure_ready,
        warehouse.client_environment,
        lambda settings: warehouse.connect(settings, "loader"),
    ):
        with pytest.raises(UserError, match="does not accept the user postgres"):
            attempt(wrong)
    with pytest.raises(UserError, match="does not accept the user nobody_here"):
        warehouse.ensure_ready(given(debian15.url("nobody_here", "x"), tmp_path))


def test_server_that_does_not_answer(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        url = f"postgresql://u:p@127.0.0.1:{port}/d?connect_timeout=2"
        with pytest.raises(UserError, match="does not answer"):
            warehouse.ensure_ready(given(url, tmp_path))


def test_server_too_old(postgres15: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "OLDEST_SERVER", 16)
    with pytest.raises(UserError, match=r"is PostgreSQL 15; .* 16 or newer"):
        warehouse.ensure_ready(postgres15)


def test_database_without_accents(debian15: GivenServer, tmp_path: Path) -> None:
    for name, options in (
        ("latin", "encoding 'LATIN1' locale 'C' template template0"),
        ("plain_c", "encoding 'UTF8' locale 'C' template template0"),
    ):
        debian15.create_database(name, "postgres", options)
        with pytest.raises(UserError, match="cannot handle accented letters"):
            warehouse.ensure_ready(given(debian15.url("postgres", name), tmp_path))


def test_schemas_of_somebody_else(debian15: GivenServer, tmp_path: Path) -> None:
    debian15.create_database("occupied", "postgres")
    with debian15.admin("occupied") as connection:
        connection.execute("create schema marts")
        connection.execute("create schema raw")  # empty: nobody's loss
        connection.execute("create table marts.theirs ()")
    settings = given(debian15.url("postgres", "occupied"), tmp_path)
    with pytest.raises(UserError, match=r"occupied already holds .* \(marts\)"):
        warehouse.ensure_ready(settings)
    with debian15.admin("occupied") as connection:
        owner, other = connection.execute(
            "select (select tableowner from pg_tables where tablename = 'theirs'), "
            "to_regnamespace('ops')"
        ).fetchone()
    assert (owner, other) == ("postgres", None)


def test_user_without_rights(debian15: GivenServer, tmp_path: Path) -> None:
    debian15.create_user("guest")
    debian15.create_database("of_others", "postgres")
    with pytest.raises(UserError, match="guest lacks a right in the database"):
        warehouse.ensure_ready(given(debian15.url("guest", "of_others"), tmp_path))


def test_extension_in_another_schema(debian15: GivenServer, tmp_path: Path) -> None:
    debian15.create_database("elsewhere", "postgres")
    with debian15.admin("elsewhere") as connection:
        connection.execute("create schema extensions")
        connection.execute("create extension unaccent schema extensions")
    settings = given(debian15.url("postgres", "elsewhere"), tmp_path)
    with pytest.raises(UserError, match="alter extension unaccent set schema public"):
        warehouse.ensure_ready(settings)
    with debian15.admin("elsewhere") as connection:
        connection.execute("alter extension unaccent set schema public")
    warehouse.ensure_ready(settings)


def test_extension_missing_on_the_server(
    debian15: GivenServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    debian15.create_database("bare", "postgres")
    files = tuple(
        (name, text.replace("unaccent", "no_such_extension"))
        for name, text in setup.sql_files()
    )
    monkeypatch.setattr(setup, "sql_files", lambda: files)
    with pytest.raises(UserError, match="contrib"):
        warehouse.ensure_ready(given(debian15.url("postgres", "bare"), tmp_path))
