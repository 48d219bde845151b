"""dbt's packages: the real ones from the hub, or our stand-ins where it is closed."""

from __future__ import annotations

import fcntl
import filecmp
import hashlib
import os
import queue
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
from pathlib import Path

import yaml
from rich.console import Console

from customer360.errors import UserError
from customer360.settings import Settings

HUB = "https://hub.getdbt.com/"
HUB_SECONDS = 5.0
"""How long the hub may take to answer at all, name lookup included."""
DEPS_SECONDS = 60.0
"""How long `dbt deps` may take once the hub has answered."""

# in dbt_packages, which `dbt deps` deletes: no marker means a person ran that
MARKER = ".installed_for"


def ensure_packages(settings: Settings, *, console: Console | None = None) -> None:
    """Install the packages of `dbt_project/packages.yml` unless they are there.

    Asks the hub by `dbt deps`; where that fails, or `C360_OFFLINE` is set, copies
    the stand-ins of `dbt_project/offline_packages` and says so in one line on
    `console` (default: stderr). Costs a few file comparisons when nothing is to
    do. Safe when several processes call it at once.

    Raises `UserError` for a package that could neither be fetched nor stood in for.
    """
    install(
        settings.dbt_project_dir,
        offline=_is_offline(),
        console=console or Console(stderr=True),
    )


def install(
    project_dir: Path,
    *,
    offline: bool,
    console: Console,
    hub_seconds: float = HUB_SECONDS,
) -> None:
    """As `ensure_packages`, for the dbt project in `project_dir`."""
    declaration = project_dir / "packages.yml"
    installed = project_dir / "dbt_packages"
    with declaration.open("rb") as lock:
        # a lock on the declaration itself: nothing else is there to be locked, and
        # the folder of the packages is replaced as a whole
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = hashlib.sha256(lock.read()).hexdigest()
        names = _names(declaration)
        missing = [name for name in names if not _is_installed(name, project_dir)]
        marker = installed / MARKER
        if not missing and (not marker.exists() or marker.read_text() == wanted):
            return
        installed.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(
            prefix="__", dir=installed, ignore_cleanup_errors=True
        ) as scratch_name:
            scratch = Path(scratch_name)
            reason = (
                "C360_OFFLINE is set"
                if offline
                else _hub_trouble(hub_seconds) or _fetch(project_dir, scratch)
            )
            if reason:
                _stand_in(project_dir, scratch, missing, reason, console)
            else:
                console.print(f"dbt packages installed: {', '.join(names)}")
        marker.write_text(wanted)


def _is_offline() -> bool:
    value = os.environ.get("C360_OFFLINE") or "0"
    if value not in ("0", "1"):
        raise UserError(f"C360_OFFLINE must be 0 or 1, not {value!r}.")
    return value == "1"


def _names(declaration: Path) -> list[str]:
    packages = (yaml.safe_load(declaration.read_text()) or {}).get("packages") or []
    return [entry["package"].rpartition("/")[2] for entry in packages]


def _stand_in_dir(name: str, project_dir: Path) -> Path:
    return project_dir / "offline_packages" / name


def _is_installed(name: str, project_dir: Path) -> bool:
    """Whether the package is there and, if it is our stand-in, up to date."""
    there = project_dir / "dbt_packages" / name
    ours = _stand_in_dir(name, project_dir)
    if not (there / "dbt_project.yml").is_file():
        return False
    if not _same(there / "dbt_project.yml", ours / "dbt_project.yml"):
        return True  # the real one
    files = _files(ours)
    return files == _files(there) and all(_same(ours / f, there / f) for f in files)


def _files(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}


def _same(one: Path, other: Path) -> bool:
    return one.is_file() and other.is_file() and filecmp.cmp(one, other, shallow=False)


def _hub_trouble(seconds: float) -> str | None:
    """Why the hub can't be reached; None when something answers there.

    A name lookup has no timeout of its own and can hang for minutes on a closed
    network, so it happens in a thread that nobody has to wait for.
    """
    answer: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    threading.Thread(target=lambda: answer.put(_ask_hub(seconds)), daemon=True).start()
    try:
        return answer.get(timeout=seconds)
    except queue.Empty:
        return f"the dbt hub did not answer within {seconds:g} s"


def _ask_hub(seconds: float) -> str | None:
    url = os.environ.get("DBT_PACKAGE_HUB_URL") or HUB
    try:
        urllib.request.urlopen(url, timeout=seconds).close()  # noqa: S310
    except urllib.error.HTTPError:
        return None  # it answers; what it says is for `dbt deps` to judge
    except (OSError, ValueError) as error:
        if isinstance(getattr(error, "reason", error), ssl.SSLError):
            return None  # dbt brings certificates of its own
        return "the dbt hub can't be reached"
    return None


def _fetch(project_dir: Path, scratch: Path) -> str | None:
    """Run `dbt deps` and move its result into place; return why it failed, if so.

    It runs on a copy of the declaration: on the project itself, a download that
    breaks off would leave an empty `dbt_packages`.
    """
    for name in ("packages.yml", "package-lock.yml"):
        if (project_dir / name).exists():
            shutil.copy(project_dir / name, scratch)
    (scratch / "dbt_project.yml").write_text(
        "name: scratch\nversion: '1.0'\nconfig-version: 2\n"
    )
    command = [sys.executable, "-m", "dbt.cli.main"]
    command += ["--no-send-anonymous-usage-stats", "--quiet", "deps"]
    command += ["--project-dir", str(scratch), "--log-path", str(scratch / "logs")]
    try:
        subprocess.run(
            command,
            check=True,
            timeout=DEPS_SECONDS,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return f"`dbt deps` took more than {DEPS_SECONDS:g} s"
    except subprocess.CalledProcessError:
        return "`dbt deps` failed"
    fetched = {path.name: path for path in _folders(scratch / "dbt_packages")}
    for old in _folders(project_dir / "dbt_packages"):
        if old.name not in fetched:
            shutil.rmtree(old)
    for name, folder in fetched.items():
        _replace(project_dir / "dbt_packages" / name, folder, scratch)
    return None


def _folders(parent: Path) -> list[Path]:
    # dbt, too, takes a folder here for a package unless its name starts so
    return [p for p in parent.iterdir() if p.is_dir() and not p.name.startswith("__")]


def _stand_in(
    project_dir: Path, scratch: Path, missing: list[str], reason: str, console: Console
) -> None:
    if lacking := [n for n in missing if not _stand_in_dir(n, project_dir).is_dir()]:
        raise UserError(
            f"dbt needs the package {', '.join(lacking)}, but {reason}: run "
            "`dbt deps` in dbt_project/ where the hub can be reached"
        )
    for name in missing:
        copy = shutil.copytree(_stand_in_dir(name, project_dir), scratch / name)
        _replace(project_dir / "dbt_packages" / name, copy, scratch)
    note = (
        f"so dbt uses the project's own stand-in for {', '.join(missing)}"
        if missing
        else "so dbt keeps the packages that are installed"
    )
    console.print(
        f"[yellow]note:[/] {reason}, {note}; `dbt deps` fetches the real ones",
        highlight=False,
        soft_wrap=True,
    )


def _replace(target: Path, new: Path, scratch: Path) -> None:
    """Put the folder `new` at `target`; what was there ends in `scratch`."""
    if target.exists():
        target.rename(scratch / f"old-{target.name}")
    new.rename(target)
