"""Whose a file is by its columns, told from its beginning."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from customer360.ingest.declarations import DeclaredTable, normalised
from customer360.ingest.header import column_names, find_delimiter
from customer360.ingest.json_scanner import JsonScanner
from customer360.ingest.scanner import UnreadableText
from customer360.ingest.unloadable import UnloadableFile

_NEARLY_ALL = 0.8


def declared_columns(sample: bytes, table: DeclaredTable) -> set[str]:
    """The table's columns that a file beginning with `sample` has: by its header,
    or by its first objects."""
    found = _names(sample, table)
    return {name for header, name in _headers(table).items() if header in found}


def clearly_of_another(
    sample: bytes, table: DeclaredTable, others: Iterable[DeclaredTable]
) -> DeclaredTable | None:
    """The other table whose columns a file of this one has, if that is beyond doubt.

    Nearly all of the other's columns are there, its key among them, and none that
    only this table has. One column of each that the other lacks is no proof: it may
    have been renamed.
    """
    found, own = _names(sample, table), _headers(table)

    def fit(other: DeclaredTable) -> tuple[int, float]:
        there = len(found.intersection(_headers(other)))
        return there, there / len(other.columns)

    other = max(others, key=fit, default=None)
    if other is None or fit(other)[1] < _NEARLY_ALL:
        return None
    theirs = _headers(other)
    there = found & theirs.keys()
    missing, new = own.keys() - found, there - own.keys()
    is_clear = (
        min(len(missing), len(new)) > 0
        and max(len(missing), len(new)) > 1
        and found & own.keys() <= there
        and {theirs[header] for header in there}.issuperset(other.key)
    )
    return other if is_clear else None


def check_whose(
    sample: bytes, table: DeclaredTable, others: Iterable[DeclaredTable]
) -> None:
    """UnloadableFile if a file of this table is clearly another's."""
    if other := clearly_of_another(sample, table, others):
        raise UnloadableFile(
            f"has the columns of {other.qualified_name}, not of "
            f"{table.qualified_name}: if it belongs there, save it as "
            f"{other.system}/{other.files[0]}."
        )


def _names(sample: bytes, table: DeclaredTable) -> set[str]:
    if table.format == "csv":
        names = column_names(sample, find_delimiter(sample, table))
    else:
        scanner = JsonScanner()
        names = []
        with suppress(UnreadableText):
            for record in scanner.feed(sample) + scanner.finish():
                names += record.members or ()
    return set(map(normalised, names))


def _headers(table: DeclaredTable) -> dict[str, str]:
    return {normalised(column.header): column.name for column in table.columns}
