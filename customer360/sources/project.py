"""What the dbt project has already."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import yaml

from customer360.errors import UserError
from customer360.ingest.declarations import (
    SCHEMA,
    DeclaredTable,
    declared_tables,
    normalised,
)
from customer360.settings import Settings
from customer360.sources.sample import Sample

STAGING = Path("models") / "staging"
CONTACTS = Path("models") / "intermediate" / "contacts"
CUSTOMERS = Path("models") / "intermediate" / "customers"
TRANSACTIONS = Path("models") / "intermediate" / "transactions"

_MOST = 0.5
_NEARLY_ALL = 0.9
_RECORD = re.compile(r"'(\w+)' as system,\s+'(\w+)' as entity,")


@dataclass(frozen=True)
class System:
    """A system that the project has a source of."""

    name: str
    is_raw: bool
    """Whether files are loaded into its tables."""
    issuer: str
    format: str | None
    """Of the files of all its tables, if that is declared for all of them."""
    declared_in: Path
    tables: tuple[str, ...]
    """As dbt calls them."""


@dataclass(frozen=True)
class Project:
    """The dbt project, as far as a new source has to fit into it."""

    folder: Path
    tables: tuple[DeclaredTable, ...]
    systems: Mapping[str, System]
    people: Mapping[str, tuple[str, ...]]
    """Per system the entities whose records are customers."""
    statuses: Mapping[str, str]
    """What the seed says of statuses, by their letters."""

    def matching(self, sample: Sample) -> list[DeclaredTable]:
        """The tables whose patterns take the file's name."""
        return [
            table
            for table in self.tables
            if any(
                fnmatchcase(sample.name.casefold(), pattern.casefold())
                for pattern in table.files
            )
        ]

    def check_new(self, sample: Sample, system: str | None) -> None:
        """UserError if the file is one that a table takes already, or would if it
        had another name; a `system` that is asked for settles the latter."""
        headers = set(map(normalised, sample.headers))
        matching = {table.name for table in self.matching(sample)}
        for table in self.tables:
            declared = {normalised(column.header) for column in table.columns}
            key = {normalised(c.header) for c in table.columns if c.name in table.key}
            known = headers & declared
            if not key <= headers or not known:
                continue
            if table.name in matching and len(known) > _MOST * len(headers):
                raise UserError(
                    f"{sample.path.name} needs no declaration: {table.qualified_name} "
                    f"takes it ({table.declared_in}). Put it into the landing folder "
                    "and run customer360 run."
                )
            if system is None and len(known) >= _NEARLY_ALL * len(headers | declared):
                raise UserError(
                    f"{sample.path.name} has the columns of {table.qualified_name}, "
                    f"which takes files called {', '.join(table.files)}: add its name "
                    f"to them in {table.declared_in}, or name another --system."
                )


def read_project(settings: Settings) -> Project:
    """The project as it stands."""
    folder = settings.dbt_project_dir
    systems = {}
    for path in sorted((folder / STAGING).glob("**/_*__sources.yml")):
        for source in yaml.safe_load(path.read_bytes()).get("sources") or []:
            meta = (source.get("config") or {}).get("meta") or {}
            systems[source["name"]] = System(
                name=source["name"],
                is_raw=source.get("schema", source["name"]) == SCHEMA,
                issuer=meta.get("issuer") or source["name"],
                format=meta.get("format"),
                declared_in=path,
                tables=tuple(table["name"] for table in source.get("tables") or []),
            )
    people: dict[str, dict[str, None]] = {}
    for path in sorted((folder / CUSTOMERS).glob("int_customer_records__*.sql")):
        for system, entity in _RECORD.findall(path.read_text(encoding="utf-8")):
            people.setdefault(system, {})[entity] = None
    seed = folder / "seeds" / "transaction_statuses.csv"
    with seed.open(encoding="utf-8", newline="") as file:
        statuses = {row["status_key"]: row["status"] for row in csv.DictReader(file)}
    return Project(
        folder=folder,
        tables=tuple(declared_tables(settings)),
        systems=systems,
        people={system: tuple(entities) for system, entities in people.items()},
        statuses=statuses,
    )
