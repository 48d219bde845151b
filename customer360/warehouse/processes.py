"""The embedded server's processes, as the operating system sees them."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")


def is_server(pid: int, data: Path) -> bool:
    """Whether `pid` is alive and a PostgreSQL process of this data folder."""
    if _has_proc():
        return _works_in(_PROC / str(pid), data)
    answer = subprocess.run(
        ["/bin/ps", "-o", "stat=,command=", "-p", str(pid)],
        capture_output=True,
        text=True,
    )
    words = answer.stdout.split(maxsplit=1)
    return len(words) == 2 and "Z" not in words[0] and "postgres" in words[1]


def is_alive(pid: int) -> bool:
    """Whether any process has this id."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def of_data_folder(data: Path) -> list[int]:
    """Every PostgreSQL process that works in this data folder (Linux only)."""
    return [int(entry.name) for entry in _processes() if _works_in(entry, data)]


def processor_time(data: Path) -> int:
    """Clock ticks that the server's processes have used (0 where unknown)."""
    ticks = 0
    for pid in of_data_folder(data):
        with suppress(OSError, ValueError, IndexError):
            # the second field, in parentheses, may hold blanks
            fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks


def end_orphans(data: Path, patience: float = 10.0) -> None:
    """End what a killed postmaster left behind.

    A backend notices that its postmaster is gone only when it next waits, so a
    long query lives on and keeps the data folder from being used.
    """
    for kind in (signal.SIGQUIT, signal.SIGKILL):
        deadline = time.monotonic() + patience
        while orphans := of_data_folder(data):
            for pid in orphans:
                with suppress(ProcessLookupError):
                    os.kill(pid, kind)
            if time.monotonic() > deadline:
                break
            time.sleep(0.1)


def _has_proc() -> bool:
    return (_PROC / "self" / "cwd").exists()


def _processes() -> Iterator[Path]:
    if _has_proc():
        yield from (entry for entry in _PROC.iterdir() if entry.name.isdigit())


def _works_in(process: Path, data: Path) -> bool:
    try:
        if not os.path.samestat((process / "cwd").stat(), data.stat()):
            return False
        program = (process / "exe").readlink().name
    except OSError:
        # gone, a zombie, or another user's
        return False
    return program.startswith("postgres")
