"""A person with a database of somebody's server, whose URL holds a password."""

from __future__ import annotations

import io
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from customer360 import ingest, warehouse
from customer360.pipeline import packages
from customer360.settings import ROOT, Settings

from .command import Person

if TYPE_CHECKING:
    from tests.conftest import GivenServer


def new_database(server: GivenServer, folder: Path) -> str:
    """A database that is set up, with nothing in it; returns its URL."""
    name = f"cli_{secrets.token_hex(4)}"
    server.create_database(name, "postgres")
    settings = Settings(folder, server.url("postgres", name), folder, folder)
    warehouse.ensure_ready(settings)
    ingest.create_declared_tables(settings)
    return settings.database_url


@pytest.fixture(scope="package")
def database_url(newest: GivenServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database in which nothing is ever built."""
    # what it says belongs to the first command of a new checkout
    packages.install(
        ROOT / "dbt_project", offline=True, console=Console(file=io.StringIO())
    )
    return new_database(newest, tmp_path_factory.mktemp("database"))


@pytest.fixture(scope="package")
def dbt_target(
    newest: GivenServer, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Where dbt keeps what it has read of the project, which takes it a while."""
    person = new_person(tmp_path_factory.mktemp("reader"), newest, database_url)
    done = person.types("dbt", "ls", "--select=country_names", "--resource-type=seed")
    assert (done.returncode, done.stderr) == (0, "")
    assert "customer360.country_names" in done.stdout.splitlines()
    return Path(person.environment["DBT_TARGET_PATH"])


@pytest.fixture
def person(tmp_path: Path, newest: GivenServer, database_url: str) -> Person:
    """Somebody with an empty landing folder."""
    return new_person(tmp_path, newest, database_url)


def new_person(folder: Path, server: GivenServer, database_url: str) -> Person:
    made = Person(
        folder,
        {
            # as a shell would have it
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "COLUMNS": "80",
            "C360_HOME": str(folder / "home"),
            "C360_DATABASE_URL": database_url,
            "C360_LANDING_DIR": str(folder / "landing"),
            "C360_EXPORT_DIR": str(folder / "export"),
            "C360_OFFLINE": "1",
            "DBT_TARGET_PATH": str(folder / "target"),
        },
        server.password,
    )
    made.landing.mkdir()
    return made


@pytest.fixture(scope="package")
def used_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home for more than one run: the first has to make Airflow's tables."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def own_database(person: Person, newest: GivenServer) -> Person:
    """The person with a database of this test's own."""
    return person.but_with(C360_DATABASE_URL=new_database(newest, person.folder))
