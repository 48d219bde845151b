"""The records of a delimited file, by its header."""

from __future__ import annotations

from collections.abc import Iterator

from psycopg import sql

from customer360.ingest.content import Piece, Rejected
from customer360.ingest.copy_text import copy_lines, copy_statement
from customer360.ingest.declarations import DeclaredTable
from customer360.ingest.header import (
    HEAD_BYTES,
    Layout,
    find_delimiter,
    read_header,
)
from customer360.ingest.scanner import Records, Scanner, UnreadableText
from customer360.ingest.source import Source
from customer360.ingest.unloadable import UnloadableFile
from customer360.ingest.validate import find_faults


class DelimitedContent:
    """What a source holds; UnloadableFile if its header is no good."""

    def __init__(self, source: Source, table: DeclaredTable) -> None:
        self._source = source
        self._table = table
        self._blank_lines = 0
        self._delimiter = b","
        self._records = self._scan()
        self._first = next(self._records, None)
        self._layout: Layout | None = None
        """None: there is no header, the file is empty."""
        if self._first:
            self._layout = read_header(
                self._first, self._delimiter, table, source.encoding.name
            )

    @property
    def statement(self) -> sql.Composed:
        """The COPY that takes the lines of all pieces."""
        return copy_statement(self._table, self._layout)

    def notices(self) -> list[str]:
        """What a person should know; complete after the last piece."""
        notices = list(self._layout.notices) if self._layout else ["empty file"]
        if self._blank_lines:
            plural = "s" * (self._blank_lines != 1)
            notices.append(f"{self._blank_lines:,} blank line{plural}")
        return notices

    def pieces(self) -> Iterator[Piece]:
        """All records, in order. UnloadableFile after the last one if the file
        changed meanwhile."""
        if self._first is None or self._layout is None:
            return
        yield self._piece(self._first.after(1), self._layout)
        for records in self._records:
            yield self._piece(records, self._layout)

    def _piece(self, records: Records, layout: Layout) -> Piece:
        if not len(records):
            return Piece(0, b"", [])
        faults = find_faults(records, layout, self._source.encoding)
        rejected = [
            Rejected(
                int(records.lines[k]),
                records.first_number + k,
                faults[k],
                self._source.original(records.raw(k)),
            )
            for k in sorted(faults)
        ]
        return Piece(len(records), copy_lines(records, layout, faults), rejected)

    def _scan(self) -> Iterator[Records]:
        blocks = self._source.blocks()
        head = b""
        for block in blocks:
            head += block
            if len(head) >= HEAD_BYTES:
                break
        self._delimiter = find_delimiter(head, self._table)
        scanner = Scanner(self._delimiter)
        try:
            records = scanner.feed(head)
            for block in blocks:
                if len(records):
                    yield records
                records = scanner.feed(block)
            if len(records):
                yield records
            records = scanner.finish()
        except UnreadableText:
            raise UnloadableFile(
                "has quotes on so many lines that never close that it must be in "
                "another format than the one declared."
            ) from None
        self._blank_lines = scanner.blank_lines
        if len(records):
            yield records
