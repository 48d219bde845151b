"""The records of a JSON file, by the names of their members."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from customer360.ingest.content import Piece, Rejected
from customer360.ingest.copy_text import copy_csv
from customer360.ingest.declarations import DeclaredTable, normalised
from customer360.ingest.extended_json import plain
from customer360.ingest.header import drift
from customer360.ingest.json_scanner import JsonRecord, JsonScanner
from customer360.ingest.json_text import as_written
from customer360.ingest.scanner import UnreadableText
from customer360.ingest.source import Source
from customer360.ingest.unloadable import UnloadableFile

_FIRST_RECORDS = 1000
_MOST_SHAPES = 10_000
_MOST_NAMES = 1000
_AS_TEXT = frozenset({str, type(None)})
_NUL = "NUL character"
_HALF = "half a character (a lone surrogate)"


@dataclass(frozen=True, slots=True)
class _Shape:
    """Where the members of a record go that has these names."""

    keys: tuple[str | None, ...]
    """Per declared column the member that goes there; then the others."""
    extra: tuple[str, ...]
    """Members that nobody declared."""
    fault: str
    """Why no such record can be loaded."""


class JsonContent:
    """What a source holds; UnloadableFile if that has nothing to do with the table."""

    def __init__(self, source: Source, table: DeclaredTable) -> None:
        self._source = source
        self._table = table
        self._columns = [column.name for column in table.columns]
        self._by_header = {normalised(c.header): c.name for c in table.columns}
        self._key = [self._columns.index(name) for name in table.key]
        self._scanner = JsonScanner()
        self._shapes: dict[tuple[str, ...], _Shape] = {}
        self._read = 0
        self._has_object = False
        self._seen: set[str] = set()
        self._unknown: dict[str, None] = {}

    @property
    def statement(self) -> sql.Composed:
        """The COPY that takes the lines of all pieces."""
        return copy_csv(self._table, ["_row_number", *self._columns, "_extra"])

    def notices(self) -> list[str]:
        """What a person should know; complete after the last piece."""
        if not self._read:
            return ["no records"]
        missing = [c.header for c in self._table.columns if c.name not in self._seen]
        notices = drift(missing if self._seen else [], list(self._unknown))
        if self._scanner.is_in_array:
            notices.append("the array is never closed: is the file complete?")
        return notices

    def pieces(self) -> Iterator[Piece]:
        """All records, in order. UnloadableFile after the last one if the file
        changed meanwhile."""
        try:
            for block in self._source.blocks():
                yield self._piece(self._scanner.feed(block))
            yield self._piece(self._scanner.finish())
        except UnreadableText:
            raise UnloadableFile(
                "has brackets and quotes on so many lines that never close that it "
                "must be in another format than the one declared."
            ) from None

    def _piece(self, records: list[JsonRecord]) -> Piece:
        lines: list[str] = []
        loaded: list[JsonRecord] = []
        faults: list[tuple[JsonRecord, str]] = []
        for record in records:
            self._read += 1
            line, fault = self._line(record)
            if fault:
                faults.append((record, fault))
            else:
                lines.append(line)
                loaded.append(record)
        try:
            text = "".join(lines).encode()
        except UnicodeEncodeError:
            text = b"\0"
        if b"\0" in text:  # not a byte that a line can have
            text, more = self._encoded(lines, loaded)
            faults = sorted([*faults, *more], key=lambda fault: fault[0].number)
        rejected = [
            Rejected(
                record.line, record.number, fault, self._source.original(record.raw)
            )
            for record, fault in faults
        ]
        return Piece(len(records), text, rejected)

    def _line(self, record: JsonRecord) -> tuple[str, str]:
        """A record's line for COPY, or why it has none."""
        members = record.members
        if members is None:
            if not self._has_object and self._read >= _FIRST_RECORDS:
                raise UnloadableFile(
                    f"has no object among its first {_FIRST_RECORDS:,} records: it "
                    "must be in another format than the one declared."
                )
            return "", record.fault
        names = tuple(members)
        shape = self._shapes.get(names) or self._shape(names)
        if shape.fault:
            return "", shape.fault
        values = list(map(members.get, shape.keys))
        if not _AS_TEXT.issuperset(map(type, values)):
            values = list(map(plain, values))
        if not _AS_TEXT.issuperset(map(type, values)):
            if fault := _fault_within(record):
                return "", fault
            written = as_written(record.text)
            values = [
                value if type(value) in _AS_TEXT else written[name]
                for name, value in zip(shape.keys, values, strict=True)
            ]
        for place in self._key:
            if not (values[place] or "").strip():
                return "", f"empty key: {self._columns[place]}"
        if shape.extra:
            extra = dict(zip(shape.extra, values[len(self._columns) :], strict=True))
            del values[len(self._columns) :]
            if any("\0" in text for item in extra.items() for text in item if text):
                return "", _NUL
            values.append(json.dumps(extra, ensure_ascii=False))
        else:
            values.append(None)
        fields = [
            "" if value is None else '"' + value.replace('"', '""') + '"'
            for value in values
        ]
        return f"{record.number},{','.join(fields)}\n", ""

    def _shape(self, names: tuple[str, ...]) -> _Shape:
        columns = [self._by_header.get(normalised(name)) for name in names]
        named = list(zip(columns, names, strict=True))
        found = {column: name for column, name in named if column}
        if not found and not self._has_object:
            raise UnloadableFile(
                f"has no object with any of the declared columns of "
                f"{self._table.qualified_name}: its first one has {len(names)} "
                f"member{'s' * (len(names) != 1)}."
            )
        self._has_object = True
        twice = len(found) < len(columns) - columns.count(None)
        extra = [name for column, name in named if not column]
        if not found:
            fault = "none of the declared columns"
        elif twice:
            fault = "a column is there twice"
        else:
            fault = ""
            self._seen.update(found)
            kept = [name for name in extra if "\0" not in name and _is_text(name)]
            room = _MOST_NAMES - len(self._unknown)
            self._unknown |= dict.fromkeys(kept[:room])
        shape = _Shape((*map(found.get, self._columns), *extra), tuple(extra), fault)
        if len(self._shapes) >= _MOST_SHAPES:
            self._shapes.clear()
        self._shapes[names] = shape
        return shape

    def _encoded(
        self, lines: list[str], records: list[JsonRecord]
    ) -> tuple[bytes, list[tuple[JsonRecord, str]]]:
        """The lines that are text, and the records whose lines are not."""
        encoded, faults = [], []
        for line, record in zip(lines, records, strict=True):
            try:
                text = line.encode()
            except UnicodeEncodeError:
                bad_bytes = f"not valid {self._source.encoding.name}"
                faults.append((record, _HALF if _is_text(record.text) else bad_bytes))
                continue
            if b"\0" in text:
                faults.append((record, _NUL))
            else:
                encoded.append(text)
        return b"".join(encoded), faults


def _fault_within(record: JsonRecord) -> str:
    """What is wrong with a string somewhere within a member: it is kept with its
    escapes, which no database could read."""
    if "\\u" in record.text:
        for text in _strings(record.members):
            if "\0" in text:
                return _NUL
            if not _is_text(text) and _is_text(record.text):
                return _HALF
    return ""


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
