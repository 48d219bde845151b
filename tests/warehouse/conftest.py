"""Embedded servers that a test may break, and homes of its own."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from customer360 import warehouse
from customer360.settings import Settings

from .embedded import NewHome, embedded_settings


@pytest.fixture
def folder(quick_folder: Path) -> Iterator[Path]:
    """An empty folder, on the quick disk."""
    made = quick_folder / secrets.token_hex(4)
    made.mkdir(mode=0o700)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def new_home(folder: Path) -> Iterator[NewHome]:
    """Make settings for a home of this test's own; its server is stopped at the end."""
    made: list[Settings] = []

    def make(home: Path | str = "home", database: str = "customer360") -> Settings:
        made.append(embedded_settings(folder / home, database))
        return made[-1]

    yield make
    for settings in made:
        warehouse.stop(settings)


@pytest.fixture(scope="session")
def _breakable(quick_folder: Path) -> Iterator[Settings]:
    settings = embedded_settings(quick_folder / "breakable" / "home")
    yield settings
    warehouse.stop(settings)


@pytest.fixture
def breakable(_breakable: Settings) -> Settings:
    """Settings on a server that is up, and that a test may break."""
    warehouse.ensure_ready(_breakable)
    return _breakable
