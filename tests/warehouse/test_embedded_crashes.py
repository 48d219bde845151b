"""The embedded server is killed, cut short and called from all sides at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from customer360 import warehouse
from customer360.errors import UserError
from customer360.settings import ROOT, Settings
from customer360.warehouse import processes
from customer360.warehouse import server as server_module
from customer360.warehouse.account import server_account
from customer360.warehouse.server import EmbeddedServer

from .embedded import (
    NewHome,
    command_line,
    embedded,
    environment,
    kill,
    screen,
    shown,
    value,
)


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
    kill([postmaster] if victims == "postmaster" else everybody)
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
    kill(processes.of_data_folder(server.data))
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
