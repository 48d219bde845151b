"""Locks and private files of the embedded server."""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from customer360.errors import UserError
from customer360.warehouse.account import Account


def write_private(path: Path, text: str, owner: Account | None = None) -> None:
    """Replace a file in one step; only its owner can read it.

    The folder may belong to an account that is trusted less than this process,
    so no link found there is followed.
    """
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    scratch = f".{path.name}.{secrets.token_hex(4)}"
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        file = os.open(scratch, flags, 0o600, dir_fd=folder)
        try:
            with os.fdopen(file, "w") as stream:
                if owner and not owner.is_us:
                    os.fchown(file, owner.uid, owner.gid)
                stream.write(text)
                stream.flush()
                os.fsync(file)
            os.rename(scratch, path.name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(scratch, dir_fd=folder)
            raise
    finally:
        os.close(folder)


def read_lines(path: Path) -> list[str]:
    """Lines of a small file that may be missing, or be put there by a lesser account.

    Neither a link nor a pipe in its place is followed or waited for.
    """
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return []
    try:
        return os.read(file, 4096).decode(errors="replace").splitlines()
    except OSError:
        return []
    finally:
        os.close(file)


@contextmanager
def problems_explained(folder: Path) -> Iterator[None]:
    """Say what to do where something in this folder of C360_HOME is refused us."""
    try:
        yield
    except PermissionError:
        raise UserError(
            f"No permission for {folder}: run this as the user it belongs to, or set "
            "C360_HOME to a folder of your own."
        ) from None
    except OSError as error:
        place = error.filename or folder
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            message = (
                f"No space is left for {place}: free some, or set C360_HOME to a "
                "folder on another disk."
            )
        else:
            message = (
                f"{error.strerror}: {place}. Set C360_HOME to a folder that can be "
                "written to."
            )
        raise UserError(message) from None


@contextmanager
def exclusive(path: Path, waiting: Callable[[], None]) -> Iterator[int]:
    """Hold a lock that one process at a time can have; calls `waiting` if it waits.

    Gives the open file: who inherits it holds the lock too.
    """
    file = open_private(path, os.O_RDWR)
    try:
        if not _try_lock(file, fcntl.LOCK_EX):
            waiting()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file
    finally:
        os.close(file)


def is_held(path: Path) -> bool:
    """Whether any process holds the lock exclusively."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return not _try_lock(file, fcntl.LOCK_SH)
    finally:
        os.close(file)


def take(path: Path) -> int | None:
    """Lock the file and return it open, to be inherited; None when it is taken.

    The lock lives as long as any process has this open file.
    """
    file = open_private(path, os.O_RDWR)
    # somebody who merely asks holds the lock for a moment
    for _ in range(100):
        if _try_lock(file, fcntl.LOCK_EX):
            return file
        time.sleep(0.01)
    os.close(file)
    return None


def open_private(path: Path, flags: int) -> int:
    """Open a file, made if need be, that only the owner of its folder can read."""
    flags |= os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    file = os.open(path, flags, 0o600)
    if os.geteuid() == 0:
        # root at work in a user's home must not lock the user out
        owner = path.parent.stat()
        if os.fstat(file).st_uid != owner.st_uid:
            os.fchown(file, owner.st_uid, owner.st_gid)
    return file


def _try_lock(file: int, kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno in (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS):
            raise UserError(
                "The file system of C360_HOME has no file locks: set C360_HOME to a "
                "folder on a local disk."
            ) from None
        raise
    return True
