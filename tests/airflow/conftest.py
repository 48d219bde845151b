"""Fixtures of the tests that run Airflow."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pipeline.shop import Shop, open_shop

from customer360.settings import Settings


@pytest.fixture(scope="module")
def shop(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop whose files are not loaded yet, for the tests of one module."""
    with open_shop(server, tmp_path_factory.mktemp("shop")) as made:
        yield made
