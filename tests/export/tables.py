"""Marts as the tests describe them, and how they come to be published."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from customer360 import warehouse
from customer360.publish import Publication, publish
from customer360.settings import Settings


@dataclasses.dataclass(frozen=True)
class Table:
    """A mart: its columns with their SQL types, its key and its rows as SQL."""

    columns: Mapping[str, str]
    rows: str
    """A query, or a VALUES list."""
    key: tuple[str, ...] = ("id",)


def publish_as_built(
    settings: Settings, target: Path, tables: Mapping[str, Table]
) -> Publication:
    """Publish exactly these tables, as if dbt had built and tested them.

    `target` is where dbt's manifest is expected (`DBT_TARGET_PATH`).
    """
    with warehouse.connect(settings, "transformer") as connection:
        for name, table in tables.items():
            columns = ", ".join(
                f"{column} {kind}" for column, kind in table.columns.items()
            )
            connection.execute(f"drop table if exists marts.{name}".encode())
            connection.execute(f"create table marts.{name} ({columns})".encode())
            connection.execute(f"insert into marts.{name} {table.rows}".encode())
        connection.execute("delete from ops.dbt_invocations")
        connection.execute(
            "insert into ops.dbt_invocations (invocation_id, finished_at) "
            "values ('built', clock_timestamp())"
        )
        connection.cursor().executemany(
            "insert into ops.dbt_results "
            "values ('built', 'model.shop.' || %s, 'success', "
            "clock_timestamp())",
            [(name,) for name in tables],
        )
    nodes = {f"model.shop.{name}": _node(name, table) for name, table in tables.items()}
    target.mkdir(exist_ok=True)
    (target / "manifest.json").write_text(json.dumps({"nodes": nodes}))
    return publish(settings)


def _node(name: str, table: Table) -> dict[str, Any]:
    return {
        "resource_type": "model",
        "access": "public",
        "name": name,
        "alias": name,
        "schema": "marts",
        "config": {"contract": {"enforced": True}},
        "columns": {column: {"name": column} for column in table.columns},
        "constraints": [{"type": "primary_key", "columns": list(table.key)}],
        "depends_on": {"nodes": []},
    }
