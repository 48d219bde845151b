"""Fixtures: declarations of one's own, and a shop that is declared by them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from customer360 import ingest
from customer360.settings import Settings

from .api import Api, served
from .fetching import Fetching
from .shop import DECLARATIONS, ProjectSettings, Shop


@pytest.fixture
def declare(tmp_path: Path) -> Callable[[str], Path]:
    """Write declarations; returns the dbt project's folder."""

    def write(text: str, system: str = "shop") -> Path:
        folder = tmp_path / "dbt" / "models" / "staging" / system
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"_{system}__sources.yml").write_text(text)
        return tmp_path / "dbt"

    return write


@pytest.fixture
def shop(database: Settings, declare: Callable[[str], Path]) -> Shop:
    """The declared tables, empty, and an empty landing folder."""
    database.landing_dir.mkdir()
    settings = ProjectSettings(
        **{
            field.name: getattr(database, field.name)
            for field in dataclasses.fields(database)
        },
        project=declare(DECLARATIONS),
    )
    ingest.create_declared_tables(settings)
    return Shop(settings)


@pytest.fixture
def api() -> Iterator[Api]:
    """An API on this machine."""
    with served() as api:
        yield api


@pytest.fixture
def fetching(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fetching:
    """The shop, with connections to be declared; dlt does not wait between tries."""
    monkeypatch.setenv("RUNTIME__REQUEST_BACKOFF_FACTOR", "0.01")
    file = tmp_path / "connections.yml"
    settings = dataclasses.replace(shop.settings, connections_file=file)
    return Fetching(Shop(settings), file)
