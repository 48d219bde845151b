"""A mart as the tests describe it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping


@dataclasses.dataclass(frozen=True)
class Table:
    """A mart: its columns with their SQL types, its key and its rows as SQL."""

    columns: Mapping[str, str]
    rows: str
    """A query, or a VALUES list."""
    key: tuple[str, ...] = ("id",)
