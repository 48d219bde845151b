"""Fixtures of the tests that run the pipeline."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from pipeline.shop import Shop, open_shop

if TYPE_CHECKING:
    from tests.conftest import Work


@pytest.fixture(scope="module")
def shop(work: Work, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop whose files are not loaded yet, for the tests of one module."""
    with open_shop(work, tmp_path_factory.mktemp("shop")) as made:
        yield made
