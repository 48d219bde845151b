"""Which system account the embedded server runs as.

PostgreSQL refuses to run as root, and containers run as root: then the server
runs as an unprivileged account. An administrator who wants one that nothing
else uses creates it (`useradd --system customer360`); without it, the account
that Debian's or Red Hat's PostgreSQL brings along is taken, or else `nobody`.
What else runs as that account can reach the data. A data folder keeps the account
that made it.
"""

from __future__ import annotations

import errno
import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from customer360.errors import UserError

_CANDIDATES = ("customer360", "postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """A system account, and what it takes to start a process as it."""

    uid: int
    gid: int

    @property
    def is_us(self) -> bool:
        """Whether it is the account that this process runs as."""
        return self.uid == os.geteuid()

    @property
    def popen_options(self) -> dict[str, Any]:
        """Options that make `subprocess` drop to this account, all groups gone."""
        if self.is_us:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    @property
    def name(self) -> str:
        """The account's name, or its number when it has none."""
        try:
            return pwd.getpwuid(self.uid).pw_name
        except KeyError:
            return str(self.uid)

    def own(self, path: Path) -> None:
        """Hand over a file or folder that this process has just made."""
        if not self.is_us:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def can_enter(self, folder: Path) -> bool:
        """Whether the account reaches `folder` by its path (only it knows)."""
        return self._succeeds(["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)])

    def can_run(self, program: Path) -> bool:
        """Whether the account can start `program` where it lies."""
        return self._succeeds([str(program), "--version"])

    def _succeeds(self, command: Sequence[str]) -> bool:
        try:
            done = subprocess.run(
                command,
                cwd="/",
                env={"PATH": os.defpath},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                **self.popen_options,
            )
        except OSError as error:
            if error.errno in (errno.EPERM, errno.EINVAL) and not self.is_us:
                raise UserError(
                    "PostgreSQL refuses to run as root, and here root may not become "
                    f"the account {self.name} (a container without the right to "
                    "change accounts?): run this as an ordinary user."
                ) from None
            return False
        return done.returncode == 0


def server_account(data: Path) -> Account:
    """The account for the server of this data folder.

    UserError when the folder belongs to another user and we are not root.
    """
    try:
        owner = data.stat()
    except FileNotFoundError:
        owner = None
    except PermissionError:
        raise UserError(
            f"{data.parent} belongs to another user: run this as that user, or set "
            "C360_HOME to a folder of your own."
        ) from None

    if os.geteuid() != 0:
        if owner and owner.st_uid != os.geteuid():
            holder = Account(owner.st_uid, owner.st_gid).name
            raise UserError(
                f"{data} belongs to the user {holder}: run this as {holder}, or set "
                "C360_HOME to a folder of your own."
            )
        return Account(os.geteuid(), os.getegid())

    if owner and owner.st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    for name in _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(entry.pw_uid, entry.pw_gid)
    raise UserError(
        "PostgreSQL refuses to run as root, and this system has no unprivileged "
        "account for it: create one (useradd --system customer360), or run this as "
        "an ordinary user."
    )
