"""Which of a table's columns a file has, told from its beginning."""

from __future__ import annotations

from customer360.ingest.declarations import DeclaredTable, normalised
from customer360.ingest.header import column_names, find_delimiter
from customer360.ingest.json_scanner import JsonScanner


def declared_columns(sample: bytes, table: DeclaredTable) -> set[str]:
    """The table's columns that a file beginning with `sample` has: by its header,
    or by its first objects."""
    if table.format == "csv":
        names = column_names(sample, find_delimiter(sample, table))
    else:
        scanner = JsonScanner()
        records = scanner.feed(sample) + scanner.finish()
        names = [name for record in records for name in record.members or ()]
    found = set(map(normalised, names))
    return {c.name for c in table.columns if normalised(c.header) in found}
