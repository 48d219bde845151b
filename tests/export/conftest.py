"""Published tables of any shape, without a dbt run for each."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from customer360 import warehouse
from customer360.publish import Publication, publish
from customer360.settings import Settings

from .tables import Table

Publish = Callable[..., Publication]


@pytest.fixture
def publish_tables(
    database: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Publish:
    """Publish exactly these tables, as if dbt had built and tested them."""
    target = tmp_path / "target"
    target.mkdir()
    monkeypatch.setenv("DBT_TARGET_PATH", str(target))

    def put(**tables: Table) -> Publication:
        nodes: dict[str, Any] = {}
        for name, table in tables.items():
            nodes[f"model.shop.{name}"] = {
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
            columns = ", ".join(
                f"{name} {kind}" for name, kind in table.columns.items()
            )
            with warehouse.connect(database, "transformer") as connection:
                connection.execute(f"drop table if exists marts.{name}")
                connection.execute(f"create table marts.{name} ({columns})")
                connection.execute(f"insert into marts.{name} {table.rows}".encode())
        (target / "manifest.json").write_text(json.dumps({"nodes": nodes}))
        with warehouse.connect(database, "transformer") as connection:
            connection.execute("delete from ops.dbt_invocations")
            connection.execute(
                "insert into ops.dbt_invocations (invocation_id, finished_at) "
                "values ('built', clock_timestamp())"
            )
            connection.cursor().executemany(
                "insert into ops.dbt_results "
                "values ('built', %s, 'model', 'success', clock_timestamp())",
                [(node,) for node in nodes],
            )
        return publish(database)

    return put
