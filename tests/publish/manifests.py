"""dbt's manifest of a shop, changed as a change of its models would change it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any


def edit_manifest(shop, change: Callable[[dict[str, Any]], object]) -> None:
    path = shop.target / "manifest.json"
    manifest = json.loads(path.read_text())
    change(manifest["nodes"])
    path.write_text(json.dumps(manifest))


def add_column(nodes: dict[str, Any], mart: str, name: str, place: int) -> None:
    columns = nodes[f"model.shop.{mart}"]["columns"]
    new = {"name": name, "description": "", "constraints": []}
    items = [*columns.items()]
    items.insert(place, (name, new))
    columns.clear()
    columns.update(items)
