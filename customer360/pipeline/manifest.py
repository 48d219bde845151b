"""dbt's manifest as the DAG's file reads it: complete at any moment, and current.

Reading a DAG's file must not run dbt, and dbt's own manifest is half a file while
dbt writes it. So there is a copy under `settings.home`, made at setup by `ensure`
and renewed by whatever runs dbt.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from customer360.errors import UserError
from customer360.settings import Settings

_GENERATED = {"dbt_packages", "logs", "target", "tests"}


def path(settings: Settings) -> Path:
    """Where the copy is; it need not exist."""
    return settings.home / "dbt" / "manifest.json"


def memory(settings: Settings) -> Path:
    """Where dbt keeps how it has read the project for that copy."""
    return _target(settings) / "partial_parse.msgpack"


def read(manifest: Path) -> Mapping[str, Any]:
    """Return the manifest that is in a file."""
    return json.loads(manifest.read_bytes())


def fingerprint(settings: Settings) -> str:
    """Tell one state of the project's files from another, without reading them."""
    root = settings.dbt_project_dir
    digest = hashlib.sha256()
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(set(folders) - _GENERATED)
        for name in sorted(names):
            status = (file := Path(folder) / name).stat()
            digest.update(
                f"{file.relative_to(root)}\0{status.st_size}\0{status.st_mtime_ns}\n".encode()
            )
    return digest.hexdigest()


def ensure(settings: Settings) -> None:
    """Have dbt read the project when its files have changed since the copy was made.

    Raises `UserError` when dbt cannot read it.
    """
    from customer360.pipeline.dbt import run_dbt

    current = fingerprint(settings)
    copy = path(settings)
    copy.parent.mkdir(parents=True, exist_ok=True)
    with (copy.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (
            copy.exists()
            and _state(copy).exists()
            and _state(copy).read_text() == current
        ):
            return
        lines: list[str] = []
        target = _target(settings)
        code = run_dbt(
            settings, ["parse", "--target-path", str(target)], output=lines.append
        )
        if code:
            raise UserError(
                "dbt cannot read the project in "
                f"{settings.dbt_project_dir}: {' '.join(lines[-8:])}"
            )
        _replace(target / "manifest.json", copy, current)


def keep(settings: Settings, state: str) -> None:
    """Take over the manifest of a dbt that has just run on this state of the files."""
    from customer360.pipeline.dbt import target_dir

    made = target_dir(settings) / "manifest.json"
    if made.exists():
        path(settings).parent.mkdir(parents=True, exist_ok=True)
        _replace(made, path(settings), state)


def _target(settings: Settings) -> Path:
    return path(settings).parent / "target"


def _state(copy: Path) -> Path:
    return copy.with_suffix(".state")


def _replace(made: Path, copy: Path, state: str) -> None:
    for content, target in ((made.read_bytes(), copy), (state.encode(), _state(copy))):
        with tempfile.NamedTemporaryFile(dir=copy.parent, delete=False) as new:
            new.write(content)
        Path(new.name).replace(target)


if __name__ == "__main__":
    ensure(Settings.from_env())
