"""What stands in the embedded server's way, and what the user is told of it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from customer360 import warehouse
from customer360.errors import UserError
from customer360.settings import EMBEDDED_URL, Settings
from customer360.warehouse import network
from customer360.warehouse import server as server_module
from customer360.warehouse.account import server_account
from customer360.warehouse.server import EmbeddedServer

from .embedded import (
    ONLY_ROOT,
    NewHome,
    command,
    embedded,
    environment,
    screen,
    shown,
    value,
)


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
