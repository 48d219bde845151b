"""Records as the text that COPY reads, each with its number in front."""

from __future__ import annotations

import json
from collections.abc import Collection

import numpy as np
from psycopg import sql

from customer360.ingest.declarations import SCHEMA, DeclaredTable
from customer360.ingest.header import Layout
from customer360.ingest.scanner import ORDINARY_QUOTES, Records, split_fields


def copy_statement(table: DeclaredTable, layout: Layout) -> sql.Composed:
    """The COPY that takes what `copy_lines` gives."""
    columns = ["_row_number", *filter(None, layout.columns)]
    if layout.has_extra:
        columns.append("_extra")
    return sql.SQL(
        "copy {} ({}) from stdin (format csv, delimiter {}, encoding 'UTF8')"
    ).format(
        sql.Identifier(SCHEMA, table.name),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.Literal(layout.delimiter.decode()),
    )


def copy_lines(records: Records, layout: Layout, faults: Collection[int]) -> bytes:
    """The lines of all records but `faults`.

    PostgreSQL reads a well-formed record as the scanner does, so its bytes go as
    they are: an empty field is null, and one that was written as "" is the empty
    string. Ordinary quotes, which it would drop, and columns for `_extra` make a
    record be written anew.
    """
    data, delimiter = records.data, layout.delimiter
    first = records.first_number
    starts, ends = records.starts.tolist(), records.ends.tolist()
    if layout.has_extra:
        lines = [b""] * len(records)
        rewritten = range(len(records))
    else:
        lines = [
            b"%d%b%b\n" % (number, delimiter, data[start:end])
            for number, (start, end) in enumerate(
                zip(starts, ends, strict=True), start=first
            )
        ]
        rewritten = np.flatnonzero(records.shapes == ORDINARY_QUOTES).tolist()
    for k in rewritten:
        if k not in faults:
            lines[k] = _rewritten(data[starts[k] : ends[k]], first + k, layout)
    for k in faults:
        lines[k] = b""
    return b"".join(lines)


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
