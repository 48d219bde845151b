"""A project to add sources to, and files to add."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .project_copy import Copied, copy_of_project

MakeFile = Callable[..., Path]


@pytest.fixture
def project(tmp_path: Path) -> Copied:
    """A copy of the dbt project, of this test's own."""
    return copy_of_project(tmp_path)


@pytest.fixture
def make_file(tmp_path: Path) -> MakeFile:
    """Make a file of some lines, or of bytes."""

    def made(name: str, *lines: str, content: bytes | None = None) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(
            "".join(f"{line}\n" for line in lines).encode()
            if content is None
            else content
        )
        return path

    return made
