"""Records as the text that COPY reads, each with its number in front."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

import numpy as np
from psycopg import sql

from customer360.ingest.declarations import SCHEMA, DeclaredTable
from customer360.ingest.header import Layout
from customer360.ingest.lines import LF
from customer360.ingest.scanner import ORDINARY_QUOTES, Records, split_fields


def copy_statement(table: DeclaredTable, layout: Layout | None) -> sql.Composed:
    """The COPY that takes what `copy_lines` gives."""
    columns = ["_row_number"]
    delimiter = b","
    if layout:
        columns += filter(None, layout.columns)
        columns += ["_extra"] * layout.has_extra
        delimiter = layout.delimiter
    return copy_csv(table, columns, delimiter)


def copy_csv(
    table: DeclaredTable, columns: Sequence[str], delimiter: bytes = b","
) -> sql.Composed:
    """The COPY of these columns as CSV."""
    return sql.SQL(
        "copy {} ({}) from stdin (format csv, delimiter {}, encoding 'UTF8')"
    ).format(
        sql.Identifier(SCHEMA, table.name),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.Literal(delimiter.decode()),
    )


def copy_lines(records: Records, layout: Layout, faults: Collection[int]) -> bytes:
    """The lines of all records but `faults`.

    PostgreSQL reads a well-formed record as the scanner does, so its bytes go as
    they are: an empty field is null, and one that was written as "" is the empty
    string. Ordinary quotes, which it would drop, and columns for `_extra` make a
    record be written anew.
    """
    good = np.ones(len(records), dtype=bool)
    good[list(faults)] = False
    anew = good & (records.shapes == ORDINARY_QUOTES)
    if layout.has_extra:
        anew = good
    as_is = np.flatnonzero(good & ~anew)
    lines, starts = _numbered(records, as_is, layout.delimiter)
    if not anew.any():
        return lines
    pieces = []
    done = 0
    index = np.flatnonzero(anew)
    for k, at in zip(
        index.tolist(), starts[np.searchsorted(as_is, index)].tolist(), strict=True
    ):
        pieces.append(lines[done:at])
        pieces.append(_rewritten(records.raw(k), records.first_number + k, layout))
        done = at
    return b"".join([*pieces, lines[done:]])


def _numbered(
    records: Records, index: np.ndarray, delimiter: bytes
) -> tuple[bytes, np.ndarray]:
    """The records `index` as they are, with their numbers in front; and where each
    begins, and the last ends."""
    if not len(index):
        return b"", np.zeros(1, dtype=np.int64)
    numbers = _digits(records.first_number + index, delimiter)
    width = numbers.shape[1]
    text = _with_line_ends(records.data, records.starts[index], records.ends[index])
    lengths = records.ends[index] - records.starts[index] + 1
    ends = np.cumsum(lengths)
    text[ends - 1] = LF
    # where the numbers go, and where the rest
    starts = ends - lengths + width * np.arange(len(index))
    places = starts[:, None] + np.arange(width)
    lines = np.empty(len(text) + numbers.size, dtype=np.uint8)
    free = np.ones(len(lines), dtype=bool)
    free[places] = False
    lines[free] = text
    lines[places] = numbers
    return lines.tobytes(), np.append(starts, len(lines))


def _with_line_ends(data: bytes, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """The bytes of these records, each with room for one more after it."""
    # records whose line ends are one byte follow one another in one piece
    breaks = np.flatnonzero(starts[1:] != ends[:-1] + 1) + 1
    firsts = starts[np.concatenate([[0], breaks])].tolist()
    lasts = ends[np.concatenate([breaks - 1, [len(ends) - 1]])].tolist()
    pieces = [data[first : last + 1] for first, last in zip(firsts, lasts, strict=True)]
    if lasts[-1] == len(data):
        pieces.append(b"\n")
    return np.frombuffer(bytearray().join(pieces), dtype=np.uint8)


def _digits(numbers: np.ndarray, delimiter: bytes) -> np.ndarray:
    """These numbers as text of the same length, one a row, with a delimiter."""
    width = len(str(numbers[-1]))
    digits = np.empty((len(numbers), width + 1), dtype=np.uint8)
    digits[:, -1] = delimiter[0]
    for place in range(width - 1, -1, -1):
        numbers, digit = np.divmod(numbers, 10)
        digits[:, place] = digit + ord("0")
    return digits


def _rewritten(record: bytes, number: int, layout: Layout) -> bytes:
    fields = [b"%d" % number]
    extra = {}
    for (value, quoted), column, name in zip(
        split_fields(record, layout.delimiter),
        layout.columns,
        layout.names,
        strict=True,
    ):
        if column is None:
            extra[name] = value.decode() if value or quoted else None
        else:
            fields.append(_quoted(value) if quoted or b'"' in value else value)
    if layout.has_extra:
        fields.append(_quoted(json.dumps(extra, ensure_ascii=False).encode()))
    return layout.delimiter.join(fields) + b"\n"


def _quoted(value: bytes) -> bytes:
    return b'"%b"' % value.replace(b'"', b'""')
