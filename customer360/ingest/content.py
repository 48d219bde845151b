"""A file's records, ready to be loaded or to be set aside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from customer360.ingest.copy_text import copy_lines
from customer360.ingest.declarations import DeclaredTable
from customer360.ingest.header import Layout, find_delimiter, read_header
from customer360.ingest.scanner import Records, Scanner, UnreadableText
from customer360.ingest.source import Source, UnloadableFile
from customer360.ingest.validate import find_faults


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that can't be loaded."""

    line: int
    """Physical line it begins on; the file's first is 1."""
    number: int
    """Number of the record; the first after the header is 1."""
    reason: str
    raw: bytes
    """As it stands in the file."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some consecutive records."""

    records: int
    lines: bytes
    """The good ones, for COPY."""
    rejected: list[Rejected]


class Content:
    """What a source holds, by its header; UnloadableFile if that is no good.

    `layout` is None, and there are no pieces, when the file has no header: it is
    empty.
    """

    def __init__(self, source: Source, table: DeclaredTable) -> None:
        self.blank_lines = 0
        self._source = source
        self._table = table
        self._delimiter = b","
        self._records = self._scan()
        self._first = next(self._records, None)
        self.layout: Layout | None = None
        if self._first:
            self.layout = read_header(self._first, self._delimiter, table)

    def pieces(self) -> Iterator[Piece]:
        """All records, in order. UnloadableFile after the last one if the file
        changed meanwhile."""
        if self._first is None or self.layout is None:
            return
        yield self._piece(self._first.after(1), self.layout)
        for records in self._records:
            yield self._piece(records, self.layout)

    def _piece(self, records: Records, layout: Layout) -> Piece:
        if not len(records):
            return Piece(0, b"", [])
        faults = find_faults(records, layout, self._table.encoding)
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
        head = next(blocks, b"")
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
        self.blank_lines = scanner.blank_lines
        if len(records):
            yield records
