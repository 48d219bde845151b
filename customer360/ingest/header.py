"""A file's header against the declared columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from customer360.ingest.declarations import DeclaredTable, normalised
from customer360.ingest.names import shown
from customer360.ingest.scanner import (
    ORDINARY_QUOTES,
    Records,
    Scanner,
    split_fields,
)
from customer360.ingest.unloadable import UnloadableFile

DELIMITERS = (b",", b";", b"\t", b"|")

HEAD_BYTES = 1 << 16
"""How much of a file is looked at for its delimiter."""
_MOST_NAMES = 10


@dataclass(frozen=True)
class Layout:
    """Where each field of a file goes."""

    delimiter: bytes
    columns: tuple[str | None, ...]
    """Per field: the column of its table; None for a column nobody declared."""
    names: tuple[str, ...]
    """Per field: what the header calls it."""
    key: tuple[int, ...]
    """Fields that must not be empty."""
    notices: tuple[str, ...]
    """What a person should know about the header."""

    @property
    def width(self) -> int:
        """Fields of a record."""
        return len(self.columns)

    @property
    def has_extra(self) -> bool:
        """Whether some field goes to `_extra`."""
        return None in self.columns


def find_delimiter(head: bytes, table: DeclaredTable) -> bytes:
    """The declared delimiter, else the one by which the header of a file that
    begins with `head` has most of the declared columns, and then most columns."""
    if table.delimiter:
        return table.delimiter.encode()
    known = {normalised(column.header) for column in table.columns}

    def fit(delimiter: bytes) -> tuple[int, int]:
        names = column_names(head, delimiter)
        return len(known.intersection(map(normalised, names))), len(names)

    return max(DELIMITERS, key=fit)


def read_header(
    records: Records, delimiter: bytes, table: DeclaredTable, encoding: str
) -> Layout:
    """The layout that the first of `records` gives; UnloadableFile if none."""
    if records.shapes[0] > ORDINARY_QUOTES:
        raise UnloadableFile("has a header with a quote out of place.")
    raw = records.raw(0)
    if b"\0" in raw:
        raise UnloadableFile(
            "has NUL bytes in its header: it may be in an encoding to be declared."
        )
    try:
        names = [value.decode().strip() for value, _ in split_fields(raw, delimiter)]
    except UnicodeDecodeError:
        raise UnloadableFile(
            f"has a header that is not {encoding}: declare its encoding."
        ) from None
    return _layout(names, delimiter, table)


def _layout(names: list[str], delimiter: bytes, table: DeclaredTable) -> Layout:
    by_header = {normalised(column.header): column.name for column in table.columns}
    columns = tuple(by_header.get(normalised(name)) for name in names)
    headers = {column.name: column.header for column in table.columns}
    # A file without a header has a record there: names of the file itself may be
    # told only once some column is known to be there.
    missing_key = [headers[name] for name in table.key if name not in columns]
    if missing_key or not any(columns):
        what = (
            f"the key column {', '.join(missing_key)}"
            if missing_key
            else "any of the declared columns"
        )
        raise UnloadableFile(
            f"has no header with {what} of {table.qualified_name}: its first line has "
            f"{len(names)} field{'s' * (len(names) != 1)} "
            f"separated by {_spoken(delimiter)}."
        )
    names, notices = _distinct(names, columns, table)
    columns = tuple(
        None if column in columns[:k] else column for k, column in enumerate(columns)
    )
    missing = [column.header for column in table.columns if column.name not in columns]
    unknown = [name for name, column in zip(names, columns, strict=True) if not column]
    notices += drift(missing, unknown)
    return Layout(
        delimiter=delimiter,
        columns=columns,
        names=tuple(names),
        key=tuple(columns.index(name) for name in table.key),
        notices=tuple(notices),
    )


def drift(missing: list[str], unknown: list[str]) -> list[str]:
    """What to say of columns that are missing, and of those that nobody declared."""
    notices = []
    if missing:
        notices.append(f"not in the file, loaded as null: {_listed(missing)}")
    if unknown:
        notices.append(f"not declared, kept in _extra: {_listed(unknown)}")
    return notices


def _distinct(
    names: list[str], columns: Sequence[str | None], table: DeclaredTable
) -> tuple[list[str], list[str]]:
    """The names, each once: blank ones get one, later ones of the same a number."""
    distinct: list[str] = []
    twice: list[str] = []
    taken: set[str] = set()
    for k, (given, column) in enumerate(zip(names, columns, strict=True), start=1):
        first = given or f"column {k}"
        earlier = columns[: k - 1] if column else taken
        if (column or normalised(first)) in earlier:
            if column in table.key:
                raise UnloadableFile(f"has the key column {first} more than once.")
            twice.append(first)
        name, number = first, 1
        while normalised(name) in taken:
            number += 1
            name = f"{first} ({number})"
        taken.add(normalised(name))
        distinct.append(name)
    if not twice:
        return distinct, []
    return distinct, [f"more than once, of which the first counts: {_listed(twice)}"]


def column_names(head: bytes, delimiter: bytes) -> list[str]:
    """The fields of the first record of a file that begins with `head`."""
    scanner = Scanner(delimiter)
    for records in (scanner.feed(head[:HEAD_BYTES]), scanner.finish()):
        if len(records):
            if records.shapes[0] > ORDINARY_QUOTES:
                # no header, but its delimiter may still be told
                return records.raw(0).decode(errors="replace").split(delimiter.decode())
            fields = split_fields(records.raw(0), delimiter)
            return [value.decode(errors="replace") for value, _ in fields]
    return []


def _listed(names: list[str]) -> str:
    more = len(names) - _MOST_NAMES
    text = ", ".join(map(shown, names[:_MOST_NAMES]))
    return f"{text} and {more} more" if more > 0 else text


def _spoken(delimiter: bytes) -> str:
    names = {b",": "commas", b";": "semicolons", b"\t": "tabs", b"|": "bars"}
    return names.get(delimiter) or f"{delimiter.decode()!r}"
