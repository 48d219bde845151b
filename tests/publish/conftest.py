"""A small shop, built by dbt once and copied for every test."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from forked_dbt import ForkedDbt
from psycopg import sql

from customer360 import warehouse
from customer360.settings import Settings

PROJECT = Path(__file__).parent / "project"
PROFILES = Path(__file__).parents[2] / "dbt_project"
BUILT = "shop_built"
SHOP = "shop"


@dataclasses.dataclass(frozen=True)
class Shop:
    """A database that dbt has built the test project in."""

    settings: Settings
    target: Path

    def start_dbt(self, *args: str, hours: int = 0) -> ForkedDbt:
        """Start real dbt on the test project, on a machine whose clock is ahead."""
        return ForkedDbt.start(
            [
                *(*args, "--project-dir", PROJECT, "--profiles-dir", PROFILES),
                *("--target-path", self.target, "--log-path", self.target / "logs"),
            ],
            os.environ
            | warehouse.client_environment(self.settings)
            # every event in full, which nobody reads
            | {"DBT_LOG_LEVEL_FILE": "none"},
            hours=hours,
        )

    def dbt(self, *args: str, hours: int = 0, succeeds: bool = True) -> None:
        """Run real dbt on the test project."""
        code, output = self.start_dbt(*args, hours=hours).wait()
        assert (code == 0) == succeeds, output

    def execute(self, statement: str, *values: Any, role: str = "transformer") -> None:
        """Run a statement as one of the roles."""
        with warehouse.connect(self.settings, role) as connection:
            connection.execute(statement, values)

    def rows(self, query: str, *values: Any, role: str = "reporter") -> list[tuple]:
        """Rows of a query, as the least of the roles."""
        with warehouse.connect(self.settings, role) as connection:
            return connection.execute(query, values).fetchall()


@pytest.fixture(scope="session")
def built_target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shop") / "target"


@pytest.fixture(scope="session")
def built(server: Settings, built_target: Path) -> str:
    """Name of a database that dbt has built; nobody connects to it afterwards."""
    # under the name that its copies will have: under another, dbt would read the
    # whole project again
    settings = dataclasses.replace(server, database_url=f"embedded:///{SHOP}")
    warehouse.ensure_ready(settings)
    Shop(settings, built_target).dbt("build")
    with warehouse.connect(server, "admin", autocommit=True) as admin:
        admin.execute(f"alter database {SHOP} rename to {BUILT}")
    return BUILT


@pytest.fixture
def shop(
    built: str,
    server: Settings,
    built_target: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Shop]:
    """A shop of the test's own, built and not yet published."""
    target = shutil.copytree(built_target, tmp_path / "target")
    monkeypatch.setenv("DBT_TARGET_PATH", str(target))
    with warehouse.connect(server, "admin", autocommit=True) as admin:
        admin.execute(
            sql.SQL("create database {} template {}").format(
                sql.Identifier(SHOP), sql.Identifier(built)
            )
        )
        yield Shop(
            dataclasses.replace(
                server,
                database_url=f"embedded:///{SHOP}",
                export_dir=tmp_path / "export",
            ),
            target,
        )
        admin.execute(f"drop database {SHOP} with (force)")
