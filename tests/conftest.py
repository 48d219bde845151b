"""Fixtures that every test may use: real servers, started once for a session."""

from __future__ import annotations

import dataclasses
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from customer360 import warehouse
from customer360.pipeline import manifest
from customer360.pipeline.dbt import prepare
from customer360.settings import Settings
from customer360.warehouse.account import server_account
from customer360.warehouse.connections import embedded_params
from customer360.warehouse.server import ADMIN, EmbeddedServer

TEMPLATE = "test_template"
DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c_is_heard() -> None:
    """Where a shell has started us in the background, it is not, in no child either."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def _nobodys_settings() -> Iterator[None]:
    """Whatever the caller's shell says, a test must not touch the caller's data."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("C360_", "PG")):
                patch.delenv(name)
        # nor ask the network for packages
        patch.setenv("C360_OFFLINE", "1")
        # nor anybody's connections
        patch.setenv("C360_CONNECTIONS", os.devnull + "/none")
        yield


@pytest.fixture(scope="session")
def quick_folder() -> Iterator[Path]:
    """A private folder for databases: in memory, where there is enough of it."""
    folder = _new_quick_folder()
    with _cleaned_up(folder):
        yield folder


@pytest.fixture(scope="session")
def server(quick_folder: Path) -> Iterator[Settings]:
    """Settings on an embedded server of this test session, ready to use."""
    folder = quick_folder / "server"
    settings = Settings(
        home=folder / "home",
        database_url=f"embedded:///{TEMPLATE}",
        landing_dir=folder / "landing",
        export_dir=folder / "export",
    )
    try:
        warehouse.ensure_ready(settings)
        with warehouse.connect(settings, "admin", autocommit=True) as connection:
            # a test's data need not survive the loss of power
            for name in ("fsync", "full_page_writes", "synchronous_commit"):
                connection.execute(
                    sql.SQL("alter system set {} = off").format(sql.Identifier(name))
                )
            connection.execute("select pg_reload_conf()")
        ready = dataclasses.replace(settings, database_url="embedded:///customer360")
        warehouse.ensure_ready(ready)
        yield ready
    finally:
        warehouse.stop(settings)


@contextmanager
def _fresh_database(server: Settings, folder: Path) -> Iterator[Settings]:
    name = f"test_{secrets.token_hex(6)}"
    identifier = sql.Identifier(name)
    params = embedded_params(EmbeddedServer(server.home), ADMIN, "postgres")
    with psycopg.connect(**params, autocommit=True) as admin:
        admin.execute(
            sql.SQL("create database {} template {}").format(
                identifier, sql.Identifier(TEMPLATE)
            )
        )
        settings = dataclasses.replace(
            server,
            database_url=f"embedded:///{name}",
            landing_dir=folder / "landing",
            export_dir=folder / "export",
        )
        # rights on a database as a whole do not come with its template
        warehouse.ensure_ready(settings)
        yield settings
        admin.execute(sql.SQL("drop database {} with (force)").format(identifier))


@pytest.fixture
def database(server: Settings, tmp_path: Path) -> Iterator[Settings]:
    """Settings on a fresh, set-up database of the session's server."""
    with _fresh_database(server, tmp_path) as settings:
        yield settings


@pytest.fixture(scope="module")
def modules_database(
    server: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """The same, for all tests of a module."""
    with _fresh_database(server, tmp_path_factory.mktemp("database")) as settings:
        yield settings


@dataclasses.dataclass(frozen=True)
class Work:
    """A database for one module at a time, always of the same name.

    dbt remembers how it read the project, but for one name of the database: under
    another it reads all of it again, which takes longer than to build some models.
    """

    name: str
    settings: Settings
    memory: Path

    @contextmanager
    def database(self, target: Path) -> Iterator[Settings]:
        """Settings on a new database, for a dbt that writes to the folder `target`."""
        target.mkdir()
        shutil.copy(self.memory, target)
        prepare(self.settings)
        try:
            yield self.settings
        finally:
            self.drop()

    def drop(self) -> None:
        """Remove the database, whoever is connected to it."""
        params = embedded_params(EmbeddedServer(self.settings.home), ADMIN, "postgres")
        with psycopg.connect(**params, autocommit=True) as admin:
            admin.execute(f"drop database {self.name} with (force)")


@pytest.fixture(scope="session")
def work(server: Settings) -> Work:
    """The database, not there yet; the project has been read."""
    # the tests of Airflow end whatever has the URL of theirs, of other sessions too
    name = f"test_work_{secrets.token_hex(4)}"
    settings = dataclasses.replace(server, database_url=f"embedded:///{name}")
    # one that is there is of another database
    manifest.path(settings).unlink(missing_ok=True)
    # whoever needs the manifest finds it, too
    manifest.ensure(settings)
    made = Work(name, settings, manifest.memory(settings))
    made.drop()
    return made


@dataclasses.dataclass(frozen=True)
class GivenServer:
    """A server that is not the product's own, reached over TCP with a password."""

    port: int
    password: str

    def url(self, user: str, database: str) -> str:
        """URL for one of its users, who all have the same password."""
        return f"postgresql://{user}:{self.password}@127.0.0.1:{self.port}/{database}"

    def admin(self, database: str = "postgres") -> psycopg.Connection:
        """Connection as its superuser, in autocommit mode."""
        return psycopg.connect(self.url("postgres", database), autocommit=True)

    def create_user(self, name: str, options: str = "") -> None:
        """Create a user who can log in, with these `create role` options."""
        with self.admin() as connection:
            connection.execute(
                sql.SQL("create role {} login {} password {}").format(
                    sql.Identifier(name), sql.SQL(options), sql.Literal(self.password)
                )
            )

    def create_database(self, name: str, owner: str, options: str = "") -> None:
        """Create a database that belongs to `owner`."""
        with self.admin() as connection:
            connection.execute(
                sql.SQL("create database {} owner {} {}").format(
                    sql.Identifier(name), sql.Identifier(owner), sql.SQL(options)
                )
            )


@pytest.fixture(scope="session")
def debian15() -> Iterator[GivenServer]:
    """A PostgreSQL 15 server; skips where Debian's package is not installed."""
    if not (DEBIAN_15 / "postgres").exists():
        pytest.skip(f"PostgreSQL 15 is not installed in {DEBIAN_15}")
    # not below a folder of ours: the server's account has to reach it
    folder = _new_quick_folder()
    data = folder / "data"
    account = server_account(data)
    account.own(folder)
    options = {"cwd": "/", "env": {"PATH": os.defpath}, **account.popen_options}
    found = GivenServer(_free_port(), secrets.token_hex(12))
    secret = folder / "password"
    secret.write_text(found.password)
    account.own(secret)
    with _cleaned_up(folder):
        subprocess.run(
            [
                *(DEBIAN_15 / "initdb", "--pgdata", data, "--username=postgres"),
                *("--auth=scram-sha-256", f"--pwfile={secret}", "--no-sync"),
                *("--encoding=UTF8", "--locale=C.UTF-8"),
            ],
            check=True,
            capture_output=True,
            **options,
        )
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [
                    *(DEBIAN_15 / "postgres", "-D", data),
                    *("-c", f"port={found.port}", "-c", "listen_addresses=127.0.0.1"),
                    *("-c", f"unix_socket_directories={folder}", "-c", "fsync=off"),
                ],
                stdout=log,
                stderr=log,
                start_new_session=True,
                **options,
            )
        try:
            deadline = time.monotonic() + 30
            while not _answers(found):
                assert process.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < deadline
                time.sleep(0.05)
            yield found
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()


@pytest.fixture(scope="session")
def newest(quick_folder: Path) -> Iterator[GivenServer]:
    """The wheel's PostgreSQL as if it were somebody else's: no roles, a password."""
    server = EmbeddedServer(quick_folder / "newest")
    server.start()
    address = server.address()
    assert address
    found = GivenServer(address.port, secrets.token_hex(12))
    params = embedded_params(server, ADMIN, "postgres")
    with psycopg.connect(**params, autocommit=True) as connection:
        connection.execute(
            sql.SQL("alter role {} password {}").format(
                sql.Identifier(ADMIN), sql.Literal(found.password)
            )
        )
    try:
        yield found
    finally:
        server.stop()


def _answers(server: GivenServer) -> bool:
    try:
        server.admin().close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.fixture(scope="session")
def postgres15(
    debian15: GivenServer, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """Settings with the URL of a PostgreSQL 15 database; skips where there is none.

    The URL's user owns the database and may create roles. Not set up yet.
    """
    folder = tmp_path_factory.mktemp("postgres15")
    debian15.create_user("keeper", "createrole")
    debian15.create_database("customer360", "keeper")
    return Settings(
        home=folder / "home",
        database_url=debian15.url("keeper", "customer360"),
        landing_dir=folder / "landing",
        export_dir=folder / "export",
    )


def _new_quick_folder() -> Path:
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 4 * 1024**3
    return Path(
        tempfile.mkdtemp(prefix="customer360-test-", dir=memory if roomy else None)
    )


@contextmanager
def _cleaned_up(folder: Path) -> Iterator[None]:
    """Have every server below `folder` ended and the folder removed, whatever happens.

    A process that outlives us does it. It waits for the end of a pipe whose other
    end only we hold, so that it does its work even after a kill -9.
    """
    script = (
        'cat; find "$1" -name postmaster.pid -exec head -n 1 {} ";" 2>/dev/null '
        "| xargs -r kill -INT; "
        'for _ in $(seq 100); do find "$1" -name postmaster.pid | grep -q . || break; '
        "sleep 0.1; done; "
        'find "$1" -name server.json -exec sed -n "s/.*socket_dir.: .\\(.*\\)./\\1/p" '
        '{} ";" | xargs -r rmdir 2>/dev/null; rm -rf "$1"'
    )
    watchdog = subprocess.Popen(
        ["sh", "-c", script, "sh", folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        assert watchdog.stdin
        watchdog.stdin.close()
        watchdog.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
