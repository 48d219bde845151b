"""What the tests of the embedded server have in common."""

from __future__ import annotations

import io
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import pytest
from rich.console import Console

from customer360 import warehouse
from customer360.settings import Settings
from customer360.warehouse.server import EmbeddedServer

AS_ROOT = os.geteuid() == 0
ONLY_ROOT = pytest.mark.skipif(not AS_ROOT, reason="needs root")

NewHome = Callable[..., Settings]


def embedded_settings(home: Path, database: str = "customer360") -> Settings:
    return Settings(
        home=home,
        database_url=f"embedded:///{database}",
        landing_dir=home.parent / "landing",
        export_dir=home.parent / "export",
    )


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


def kill(pids: Iterable[int]) -> None:
    """Kill these processes; some may have ended since they were listed."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


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
