"""A small shop in a database of its own, for tests that run the pipeline."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from customer360 import warehouse
from customer360.settings import Settings
from data_generators import generate

if TYPE_CHECKING:
    from tests.conftest import Work

RECORDS = 300


@dataclasses.dataclass(frozen=True)
class Shop:
    """A database, its files, and how a person runs commands on it."""

    settings: Settings
    target: Path

    @property
    def connections(self) -> Path:
        """Where to declare what is fetched from."""
        return self.target.with_name("connections.yml")

    def environment(self, **more: str) -> dict[str, str]:
        """The environment of a person who works on this shop."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("C360_", "PG", "DBT_", "AIRFLOW"))
        }
        return kept | {
            "C360_HOME": str(self.settings.home),
            "C360_DATABASE_URL": self.settings.database_url,
            "C360_LANDING_DIR": str(self.settings.landing_dir),
            "C360_EXPORT_DIR": str(self.settings.export_dir),
            "C360_CONNECTIONS": str(self.connections),
            "C360_OFFLINE": "1",
            "DBT_TARGET_PATH": str(self.target),
            # every event in full, which nobody reads
            "DBT_LOG_LEVEL_FILE": "none",
            "COLUMNS": "100",
            **more,
        }

    def value(self, query: str, role: warehouse.Role = "reporter") -> object:
        """What a query gives in its first row and column; None without a row."""
        with warehouse.connect(self.settings, role) as connection:
            row = connection.execute(query).fetchone()
            return row[0] if row else None

    def execute(self, statement: str, role: warehouse.Role = "admin") -> None:
        """Run a statement."""
        with warehouse.connect(self.settings, role) as connection:
            connection.execute(statement)


@contextmanager
def open_shop(work: Work, folder: Path) -> Iterator[Shop]:
    """Make a database with files to load, and have this process work on it."""
    target = folder / "target"
    with work.database(target) as found:
        settings = dataclasses.replace(
            found,
            landing_dir=folder / "landing",
            # a name that is markup to whoever forgets that it is a name
            export_dir=folder / "export [bold]",
        )
        generate(
            landing_dir=settings.landing_dir,
            truth_dir=folder / "truth",
            customer_records=RECORDS,
            seed=3,
            until=date(2026, 6, 30),
            systems=["csv"],
        )
        made = Shop(settings, target)
        with pytest.MonkeyPatch.context() as patch:
            for variable, value in made.environment().items():
                patch.setenv(variable, value)
            yield made
