"""What a column's header says of its meaning: read from `meanings.yml`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from customer360.ingest.declarations import normalised

CUSTOMERS, SALES, OTHER = KINDS = ("customers", "sales", "other")
"""What a row of a file may be: somebody, something sold, or something else."""

TYPES = ("text", "number", "date", "yes_no")
"""What a column without a meaning is kept as."""
IGNORED = "ignore"
"""Instead of a meaning: the column stays in `_extra`."""

_OF_PEOPLE = (
    *("email", "phone", "full_name", "given_name", "family_name", "company"),
    *("address", "postcode", "city", "country"),
)
_OF_SALES = (
    *("order_id", "ordered_at", "amount", "unit_price", "quantity", "currency"),
    *("status", "channel", "product", "customer_id"),
)
OF_KIND: Mapping[str, tuple[str, ...]] = {
    CUSTOMERS: ("customer_id", *_OF_PEOPLE, "created_at", "updated_at"),
    SALES: (*_OF_SALES, *_OF_PEOPLE, "updated_at"),
    OTHER: ("updated_at",),
}
"""The meanings that a column of each kind of file can have."""

DATES = ("created_at", "updated_at", "ordered_at")
NUMBERS = ("amount", "unit_price", "quantity")


@dataclass(frozen=True)
class Export:
    """An export of a program that is known by its headers."""

    system: str
    title: str
    """As people write the system's name."""
    entity: str
    kind: str
    headers: frozenset[str]
    meanings: Mapping[str, str | None]
    """What its headers mean where they mean something else than elsewhere."""


@dataclass(frozen=True)
class Vocabulary:
    """What headers mean, each in its normalised form."""

    meanings: Mapping[str, tuple[str, int]]
    """Per header its meaning, and how near it comes to that: 0 is nearest."""
    own_ids: frozenset[str]
    exports: tuple[Export, ...]

    def export_of(self, headers: Iterable[str]) -> Export | None:
        """The known export that has all of such headers."""
        found = set(map(normalised, headers))
        return next((e for e in self.exports if e.headers <= found), None)


@cache
def vocabulary() -> Vocabulary:
    """What `meanings.yml` says."""
    text = Path(__file__).with_name("meanings.yml").read_text(encoding="utf-8")
    document = yaml.safe_load(text)
    return Vocabulary(
        meanings={
            normalised(header): (meaning, place)
            for meaning, said in document["meanings"].items()
            for place, header in enumerate(said["headers"])
        },
        own_ids=frozenset(map(normalised, document["own_ids"])),
        exports=tuple(
            Export(
                system=export["system"],
                title=export["title"],
                entity=export["entity"],
                kind=export["kind"],
                headers=frozenset(map(normalised, export["headers"])),
                meanings={
                    normalised(header): meaning
                    for header, meaning in (export.get("meanings") or {}).items()
                },
            )
            for export in document["exports"]
        ),
    )
