"""Databases that dbt builds for real, one for each module of tests."""

from __future__ import annotations

import dataclasses

import pytest
from dbt_workplace import Workplace

from customer360.pipeline.dbt import prepare
from customer360.settings import Settings


@pytest.fixture(scope="module")
def workplace(
    request: pytest.FixtureRequest,
    server: Settings,
    tmp_path_factory: pytest.TempPathFactory,
) -> Workplace:
    """A new database of the session's embedded server, with nothing in it yet."""
    name = request.module.__name__
    folder = tmp_path_factory.mktemp(name)
    settings = dataclasses.replace(
        server,
        database_url=f"embedded:///{name}",
        landing_dir=folder / "landing",
        export_dir=folder / "export",
    )
    prepare(settings)
    return Workplace(settings, folder)
