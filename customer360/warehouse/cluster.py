"""A new database cluster: `initdb`, for an account that may not get there itself."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from customer360.errors import UserError
from customer360.warehouse import binaries, files
from customer360.warehouse.account import Account, server_account

ADMIN = "postgres"
"""The superuser. It has no password, so only the socket lets it in."""

_ACCESS = """\
# The socket lies in a private folder: whoever reaches it may act as any role.
# Over TCP, from this machine only, a role needs its password.
local all all trust
host all all 127.0.0.1/32 scram-sha-256
"""


class PortTakenError(Exception):
    """Another program was faster to listen on the port."""


def environment() -> dict[str, str]:
    """The environment of the server's programs.

    Nothing of the caller's PGDATA, PGOPTIONS or language reaches them.
    """
    return {"PATH": os.defpath, "LC_ALL": "C"}


@contextmanager
def reachable(account: Account, folder: Path) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Give a path by which `account` reaches `folder`, and the files to inherit.

    Below a folder that is closed to the account, that is an open file of ours.
    """
    if account.is_us or account.can_enter(folder):
        yield str(folder), ()
        return
    if not Path("/proc/self/fd").is_dir():
        raise UserError(
            f"The server's account {account.name} cannot reach {folder}: set "
            "C360_HOME to a folder that other users can pass through."
        )
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        yield f"/proc/self/fd/{opened}", (opened,)
    finally:
        os.close(opened)


def create(data: Path, lock: int) -> None:
    """Make a cluster in `data`, all or nothing.

    `lock` is an open file that `initdb` holds too, so that the lock on it
    outlasts us if we are killed while it is at work.
    """
    if data.exists():
        raise UserError(
            f"{data} is there, but it is no database: move it away, or restore what is "
            "missing from it."
        )
    scratch = data.with_name(data.name + ".new")
    if scratch.exists():
        # half a cluster, of a command that was interrupted
        shutil.rmtree(scratch)
    account = server_account(data)
    programs = binaries.programs_for(account)
    if not account.is_us:
        # it may pass through the folder, but not look around
        data.parent.chmod(0o711)
    _initdb(programs, account, scratch, lock)
    files.write_private(scratch / "pg_hba.conf", _ACCESS, account)
    scratch.rename(data)


def _initdb(programs: Path, account: Account, data: Path, lock: int) -> None:
    # The C library's locale matters only for what the trigram search takes for a
    # letter, and not every system has C.UTF-8. Order and case are PostgreSQL's own.
    output = ""
    for locale in ("C.UTF-8", "en_US.UTF-8", "C"):
        data.mkdir(mode=0o700)
        account.own(data)
        if data.stat().st_uid != account.uid:
            raise UserError(
                f"{data.parent} is on a file system that ignores who owns a file: set "
                "C360_HOME to a folder on a local disk."
            )
        with reachable(account, data) as (place, inherited):
            done = subprocess.run(
                [
                    programs / "initdb",
                    f"--pgdata={place}",
                    f"--username={ADMIN}",
                    "--auth=trust",
                    "--encoding=UTF8",
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8",
                    f"--locale={locale}",
                    "--data-checksums",
                    "--no-instructions",
                ],
                cwd="/",
                env=environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                pass_fds=(lock, *inherited),
                umask=0o077,
                **account.popen_options,
            )
        if done.returncode == 0:
            return
        shutil.rmtree(data)
        output = done.stdout + done.stderr
        if "invalid locale" not in output:
            break
    explain(output, "PostgreSQL could not set up a database", data.parent)


def explain(output: str, what: str, folder: Path) -> None:
    """Raise the error that the output of PostgreSQL's programs amounts to."""
    if "Address already in use" in output:
        raise PortTakenError
    if "No space left on device" in output or "Disk quota exceeded" in output:
        raise UserError(
            f"{what}: there is no space left for {folder}. Free some, or set C360_HOME "
            "to a folder on another disk."
        )
    if "Cannot allocate memory" in output:
        raise UserError(
            f"{what}: the system refused it the memory. Close other programs, or raise "
            "the memory limit."
        )
    if "shutdown request" in output:
        raise UserError(f"{what}: another command stopped it.")
    complaints = re.findall(r"(?:FATAL|PANIC|error): +(.+)", output)
    reason = complaints[-1].strip().rstrip(".") if complaints else "it gave no reason"
    raise UserError(f"{what}: {reason}. See {folder / 'server.log'}.")
