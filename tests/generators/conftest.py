"""All systems' files with some days after them, made once for the tests of both."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from data_generators import generate

from .files import read

ROWS = 4000
DAYS = 10
UNTIL = date(2026, 6, 30)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("generated")
    generate(folder / "landing", folder / "truth", ROWS, until=UNTIL, days=DAYS)
    return folder


@pytest.fixture(scope="session")
def landing(made: Path) -> Path:
    return made / "landing"


@pytest.fixture(scope="session")
def records(made: Path) -> pd.DataFrame:
    return read(made / "truth/records.csv")


@pytest.fixture(scope="session")
def sales(made: Path) -> pd.DataFrame:
    return read(made / "truth/sales.csv")


@pytest.fixture(scope="session")
def persons(made: Path) -> pd.DataFrame:
    return read(made / "truth/persons.csv").set_index("person_id")
