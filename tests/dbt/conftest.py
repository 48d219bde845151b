"""Databases that dbt builds for real, one for each module of tests."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from dbt_workplace import Workplace

if TYPE_CHECKING:
    from tests.conftest import Work


@pytest.fixture(scope="module")
def workplace(
    request: pytest.FixtureRequest,
    work: Work,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Workplace]:
    """A new database of the session's embedded server, with nothing in it yet."""
    folder = tmp_path_factory.mktemp(request.module.__name__)
    with work.database(folder / "target") as settings:
        own = dataclasses.replace(
            settings,
            landing_dir=folder / "landing",
            export_dir=folder / "export",
        )
        yield Workplace(own, folder)
