"""Columns of somebody's CSV or Parquet file as text, every value as it is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from customer360.errors import UserError
from customer360.ingest import packing
from customer360.ingest.declarations import Column, DeclaredTable
from customer360.ingest.header import HEAD_BYTES, Layout, find_delimiter
from customer360.ingest.names import shown
from customer360.ingest.scanner import (
    ORDINARY_QUOTES,
    Scanner,
    UnreadableText,
    split_fields,
)
from customer360.ingest.source import Source
from customer360.ingest.unloadable import UnloadableFile
from customer360.ingest.validate import find_faults

if TYPE_CHECKING:
    import pyarrow

Columns = dict[str, list[str | None]]

_PARQUET_MAGIC = b"PAR1"
_MOST_NAMES = 20


def read_columns(path: Path, wanted: Sequence[str]) -> Columns:
    """The values of these columns of a file; None for one that is missing or blank.

    CSV is read as the loader reads it: with any usual delimiter and encoding, packed
    or not. UserError if a column is not there, or if there is a record that
    can't be read: without it, the others would have other numbers.
    """
    if not path.is_file():
        what = "is not a file" if path.exists() else "does not exist"
        raise UserError(f"{path} {what}.")
    with path.open("rb") as file:
        is_parquet = file.read(len(_PARQUET_MAGIC)) == _PARQUET_MAGIC
    try:
        columns = _parquet(path, wanted) if is_parquet else _csv(path, wanted)
    except UnloadableFile as error:
        raise UserError(f"{path.name} {error}") from None
    if not any(columns.values()):
        raise UserError(f"{path.name} has no record.")
    return columns


def _places(names: Sequence[str], wanted: Sequence[str]) -> dict[str, int]:
    """Where in a table each wanted column is."""
    times = Counter(names)
    for column in wanted:
        if times[column] != 1:
            many = "more than one" if times[column] else "no"
            there = ", ".join(map(shown, names[:_MOST_NAMES]))
            rest = len(names) - _MOST_NAMES
            more = f" and {rest} more" if rest > 0 else ""
            raise UnloadableFile(
                f"has {many} column {shown(column)}; it has {there}{more}."
            )
    return {column: names.index(column) for column in wanted}


# ---- CSV -----------------------------------------------------------------


def _csv(path: Path, wanted: Sequence[str]) -> Columns:
    with Source(path, None, member=_member(path)) as source:
        records = _records(source, wanted)
        names = [name.strip() for name in next(records, [])]
        if not any(names):
            raise UnloadableFile("is empty: it has not even a header.")
        places = _places(names, wanted)
        columns: Columns = {column: [] for column in wanted}
        for values in records:
            for column, place in places.items():
                value = values[place]
                columns[column].append(value if value.strip() else None)
    return columns


def _member(path: Path) -> str | None:
    """The only file of an archive; None if it is none."""
    if path.suffix.casefold() != ".zip":
        return None
    with path.open("rb") as file:
        members = packing.members(file)
    if len(members) != 1:
        raise UnloadableFile(f"holds {len(members)} files: unpack it, and name one.")
    return members[0]


def _records(source: Source, wanted: Sequence[str]) -> Iterator[list[str]]:
    """The fields of every record, the header's first."""
    text = b"".join(source.blocks())
    delimiter = find_delimiter(text[:HEAD_BYTES], _declared(wanted))
    scanner = Scanner(delimiter)
    layout = None
    try:
        for records in (scanner.feed(text), scanner.finish()):
            if not len(records):
                continue
            if layout is None:
                if b"\0" in records.raw(0) or records.shapes[0] > ORDINARY_QUOTES:
                    raise UnloadableFile("is neither a CSV nor a Parquet file.")
                layout = _layout(delimiter, int(records.fields[0]))
            faults = find_faults(records, layout, source.encoding)
            if faults:
                first = min(faults)
                raise UnloadableFile(
                    f"cannot be read: line {records.lines[first]}: {faults[first]}."
                )
            for k in range(len(records)):
                fields = split_fields(records.raw(k), delimiter)
                yield [value.decode() for value, _ in fields]
    except UnreadableText:
        raise UnloadableFile("is no CSV file: too many quotes never close.") from None


def _layout(delimiter: bytes, width: int) -> Layout:
    nothing = (None,) * width
    return Layout(delimiter, nothing, ("",) * width, key=(), notices=())


def _declared(wanted: Sequence[str]) -> DeclaredTable:
    """A table whose delimiter is the one by which a header has most wanted columns."""
    return DeclaredTable(
        system="",
        name="",
        columns=tuple(Column(name, name) for name in wanted),
        files=(),
        format="csv",
        key=(),
        key_repeats=False,
        delimiter=None,
        encoding=None,
        declared_in="",
    )


# ---- Parquet -------------------------------------------------------------


def _parquet(path: Path, wanted: Sequence[str]) -> Columns:
    # takes a while to import, and most files are CSV
    import pyarrow
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            _places(file.schema_arrow.names, wanted)
            table = file.read(columns=list(wanted))
    except (pyarrow.ArrowException, OSError) as error:
        reason = str(error).partition("\n")[0].rstrip(".")
        raise UnloadableFile(f"is no sound Parquet file: {reason}.") from None
    return {name: _as_text(table.column(name), name) for name in wanted}


def _as_text(values: pyarrow.ChunkedArray, name: str) -> list[str | None]:
    import pyarrow
    from pyarrow import compute

    if pyarrow.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if pyarrow.types.is_floating(values.type):
        # what pandas writes for a number that is missing
        values = compute.if_else(compute.is_nan(values), None, values)
    try:
        texts = values.cast(pyarrow.string()).to_pylist()
    except (pyarrow.ArrowNotImplementedError, pyarrow.ArrowInvalid):
        raise UnloadableFile(
            f"has a column {shown(name)} of type {values.type}, which is no text."
        ) from None
    return [text if text is not None and text.strip() else None for text in texts]
