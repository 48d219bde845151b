"""Published tables of any shape, without a dbt run for each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from customer360.publish import Publication
from customer360.settings import Settings

from .tables import Table, publish_as_built


@pytest.fixture
def publish_tables(
    database: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Publication]:
    """Publish exactly these tables, given by name."""
    target = tmp_path / "target"
    monkeypatch.setenv("DBT_TARGET_PATH", str(target))

    def publish_tables(**tables: Table) -> Publication:
        return publish_as_built(database, target, tables)

    return publish_tables
