"""The embedded server's processes, as the operating system sees them.

They are known by a mark in their command line, which anybody may read. Where a
process works or which program it is, root may not ask in a container.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")


def mark(data: Path) -> str:
    """Name of the server of this data folder: the server calls its processes so.

    It stays the same when the folder is moved, and differs for a copy.
    """
    folder = data.stat()
    return f"customer360-{folder.st_dev:x}-{folder.st_ino:x}"


def is_server(pid: int, data: Path) -> bool:
    """Whether `pid` is alive and a process of the server of this data folder."""
    return pid in _found(data, pid)


def of_data_folder(data: Path) -> list[int]:
    """Every process of the server of this data folder."""
    return _found(data)


def is_alive(pid: int) -> bool:
    """Whether any process has this id."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


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


def _found(data: Path, pid: int | None = None) -> list[int]:
    try:
        wanted = mark(data).encode()
        owner = data.stat().st_uid
    except OSError:
        return []
    listed = _from_proc(pid) if (_PROC / "self" / "stat").exists() else _from_ps(pid)
    # anybody could write our mark into a command line of their own
    return [
        found for found, uid, command in listed if uid == owner and wanted in command
    ]


def _from_proc(pid: int | None) -> Iterator[tuple[int, int, bytes]]:
    for entry in _PROC.iterdir() if pid is None else (_PROC / str(pid),):
        if not entry.name.isdigit():
            continue
        try:
            # empty once the process has ended, even if nobody has buried it
            command = (entry / "cmdline").read_bytes()
            if b"customer360-" not in command:
                continue
            status = (entry / "status").read_text(errors="replace")
        except OSError:
            continue
        uid = status.partition("\nUid:")[2].split(maxsplit=2)[1]
        yield int(entry.name), int(uid), command


def _from_ps(pid: int | None) -> Iterator[tuple[int, int, bytes]]:
    chosen = ("-A",) if pid is None else ("-p", str(pid))
    answer = subprocess.run(
        ["/bin/ps", "-ww", "-o", "pid=,uid=,stat=,command=", *chosen],
        capture_output=True,
    )
    for line in answer.stdout.splitlines():
        words = line.split(maxsplit=3)
        if len(words) == 4 and b"Z" not in words[2]:
            yield int(words[0]), int(words[1]), words[3]
