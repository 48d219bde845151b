"""A copy of the dbt project, and of the whole product, that a test may change."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from customer360.settings import ROOT, Settings

NOT_OURS = (
    ".user.yml",
    "dbt_packages",
    "target",
    "logs",
    "__pycache__",
    ".venv",
    ".git",
)


@dataclass(frozen=True)
class Copied(Settings):
    """Settings whose dbt project is a copy."""

    project: Path

    @property
    def dbt_project_dir(self) -> Path:
        return self.project

    def files(self) -> dict[str, str]:
        """The text of every file of the project."""
        return {
            path.relative_to(self.project).as_posix(): path.read_text()
            for path in sorted(self.project.rglob("*"))
            if path.is_file()
        }


def copy_of_project(folder: Path) -> Copied:
    """The dbt project by itself: enough to propose and to write."""
    project = folder / "dbt_project"
    shutil.copytree(
        ROOT / "dbt_project", project, ignore=shutil.ignore_patterns(*NOT_OURS)
    )
    return Copied(
        home=folder / "home",
        database_url="embedded:///nowhere",
        landing_dir=folder / "landing",
        export_dir=folder / "export",
        project=project,
    )


def copy_of_product(folder: Path) -> Path:
    """Everything that is, or would be, committed: `python -m customer360.cli` runs
    in it as it does in a checkout."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode:
        pytest.skip("not a git checkout")
    for name in filter(None, listing.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder
