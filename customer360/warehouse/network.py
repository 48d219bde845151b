"""Where the embedded server listens: a private socket folder and a loopback port."""

from __future__ import annotations

import os
import socket
import stat
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from customer360.errors import UserError
from customer360.warehouse.account import Account

_FIRST_PORT, _PORTS = 15432, 1000
# sun_path holds 108 bytes on Linux and 104 elsewhere, with a NUL at the end
_SOCKET_PATH_LIMIT = 103


@dataclass(frozen=True)
class Address:
    """Where the server listens."""

    port: int
    socket_dir: Path


def is_private(folder: Path, uid: int) -> bool:
    """Whether `folder` is really a folder, and only that account (and root) gets in."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return (
        stat.S_ISDIR(found.st_mode)
        and found.st_uid == uid
        and stat.S_IMODE(found.st_mode) & 0o077 == 0
    )


def socket_folder(account: Account, near: Path, known: Path | None, name: str) -> Path:
    """Find or make the folder for the socket: the account's own and 0700.

    That is `near` if the account reaches it and its path is short enough; else a
    private folder of this name where temporary files go.
    """
    if (
        known
        and _fits(known)
        and is_private(known, account.uid)
        and (account.is_us or account.can_enter(known))
    ):
        return known
    if _fits(near) and (account.is_us or account.can_enter(near.parent)):
        _make(near, account)
        if is_private(near, account.uid):
            return near
    for place in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108 — checked
        made = place / name
        _make(made, account)
        if not is_private(made, account.uid):
            # somebody else was there first; this one is new
            made = Path(tempfile.mkdtemp(prefix="customer360-", dir=place))
            account.own(made)
        if _fits(made) and (account.is_us or account.can_enter(made)):
            return made
        made.rmdir()
    raise UserError(
        "There is no place for the database's socket, whose path may have "
        f"{_SOCKET_PATH_LIMIT} bytes: set TMPDIR or C360_HOME to a shorter path."
    )


def _make(folder: Path, account: Account) -> None:
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        account.own(folder)


def free_ports(known: int | None, seed: Path) -> Iterator[int]:
    """Loopback ports that nothing listens on, the known one first.

    Different seeds start at different places: two homes may be up side by side.
    """
    start = zlib.crc32(os.fsencode(seed)) % _PORTS
    others = (_FIRST_PORT + (start + step) % _PORTS for step in range(_PORTS))
    for port in (*((known,) if known else ()), *others):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except (OSError, OverflowError):
                continue
        yield port


def no_free_port() -> UserError:
    """Build the error for when there is none."""
    return UserError(
        f"No TCP port between {_FIRST_PORT} and {_FIRST_PORT + _PORTS - 1} is free "
        "for PostgreSQL: stop a program that listens there."
    )


def _fits(folder: Path) -> bool:
    path = os.fsencode(folder / ".s.PGSQL.65535")
    # libpq takes a comma for the start of another host
    return len(path) <= _SOCKET_PATH_LIMIT and b"," not in path
