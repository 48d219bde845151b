"""The beginning of a file that nobody has declared, as the loader will read it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from customer360.errors import UserError
from customer360.ingest import packing
from customer360.ingest.declarations import Column, DeclaredTable
from customer360.ingest.header import find_delimiter
from customer360.ingest.json_scanner import JsonScanner
from customer360.ingest.json_text import as_written
from customer360.ingest.scanner import ORDINARY_QUOTES, Scanner, split_fields
from customer360.ingest.source import Source
from customer360.ingest.unloadable import UnloadableFile
from customer360.sources.meanings import vocabulary
from customer360.sources.values import is_data

MOST_ROWS = 10_000
_WHOLE_BYTES = 1 << 16
_SHEETS = (".xlsx", ".xls", ".ods", ".numbers")
_JSON_LINES = (".jsonl", ".ndjson")
_NUMBERS_ARE_DATA = 0.5


@dataclass(frozen=True)
class Sample:
    """The header and the first records of a file."""

    path: Path
    name: str
    """What patterns see: the file's name without what tells how it is packed."""
    format: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    """Records in the order of the headers; None for a field without anything."""
    skipped: int
    """Records at the beginning of the file that the loader will set aside."""

    def column(self, place: int) -> list[str | None]:
        """A column's values."""
        return [row[place] for row in self.rows]


def read_sample(path: Path) -> Sample:
    """Look at the beginning of a file; UserError if there is nothing to learn of."""
    if not path.is_file():
        what = "is not a file" if path.exists() else "does not exist"
        raise UserError(f"{path} {what}: name a file like those that will arrive.")
    if path.suffix.casefold() in _SHEETS:
        raise UserError(f"{path.name} is a spreadsheet: save it as CSV, and name that.")
    try:
        member, name = _member(path)
        with Source(path, None, member=member) as source:
            text = source.sample()
    except (UnloadableFile, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UserError(f"{path.name} {str(reason).rstrip('.')}.") from None
    if not text.strip():
        raise UserError(f"{path.name} is empty: name a file with a header and records.")
    if text.lstrip()[:1] in (b"{", b"["):
        kind = "jsonl" if Path(name).suffix.casefold() in _JSON_LINES else "json"
        return _objects(path, name, kind, text)
    return _fields(path, name, text)


def _member(path: Path) -> tuple[str | None, str]:
    """The one file of an archive, and the name that patterns see."""
    name, member = path.name, None
    if path.suffix.casefold() == ".zip":
        with path.open("rb") as file:
            members = packing.members(file)
        if len(members) != 1:
            raise UserError(
                f"{path.name} holds {len(members)} files: unpack it, and name one."
            )
        [member] = members
        name = member.replace("\\", "/").rpartition("/")[2]
    while Path(name).suffix.casefold() in packing.SUFFIXES:
        name = Path(name).stem
    return member, name


def _fields(path: Path, name: str, text: bytes) -> Sample:
    delimiter = find_delimiter(text, _unknown_table())
    scanner = Scanner(delimiter)
    headers: tuple[str, ...] | None = None
    rows: list[tuple[str | None, ...]] = []
    skipped = 0
    for records in (scanner.feed(text), scanner.finish()):
        for k in range(len(records)):
            sound = records.shapes[k] <= ORDINARY_QUOTES
            fields = split_fields(records.raw(k), delimiter) if sound else []
            if headers is None:
                headers = _header(path, fields)
            elif len(fields) != len(headers):
                skipped += 1
            elif len(rows) < MOST_ROWS:
                rows.append(
                    tuple(
                        value.decode(errors="replace") if value or quoted else None
                        for value, quoted in fields
                    )
                )
    return _sample(path, name, "csv", text, headers or (), rows, skipped)


def _header(path: Path, fields: list[tuple[bytes, bool]]) -> tuple[str, ...]:
    names = tuple(value.decode(errors="replace").strip() for value, _ in fields)
    if any("\0" in name or "\ufffd" in name for name in names) or not names:
        raise UserError(
            f"{path.name} has no header that can be read: save it as CSV in UTF-8."
        )
    numbers = sum(name.replace(".", "").replace("-", "").isdigit() for name in names)
    if any(map(is_data, names)) or numbers > _NUMBERS_ARE_DATA * len(names):
        raise UserError(
            f"{path.name} has no header: its first line holds values. Put a line with "
            "the names of the columns before it."
        )
    if not any(names):
        raise UserError(f"{path.name} has a header without a name in it: name columns.")
    return names


def _objects(path: Path, name: str, kind: str, text: bytes) -> Sample:
    scanner = JsonScanner()
    headers: dict[str, None] = {}
    objects: list[dict[str, str | None]] = []
    skipped = 0
    for record in scanner.feed(text) + scanner.finish():
        if record.members is None:
            skipped += 1
            continue
        if len(objects) >= MOST_ROWS:
            break
        headers |= dict.fromkeys(record.members)
        written = as_written(record.text)
        objects.append(
            {
                key: value if value is None or isinstance(value, str) else written[key]
                for key, value in record.members.items()
            }
        )
    rows = [tuple(map(found.get, headers)) for found in objects]
    return _sample(path, name, kind, text, tuple(headers), rows, skipped)


def _sample(
    path: Path,
    name: str,
    kind: str,
    text: bytes,
    headers: tuple[str, ...],
    rows: list[tuple[str | None, ...]],
    skipped: int,
) -> Sample:
    # the last record of a larger file may be cut
    if len(text) > _WHOLE_BYTES and len(rows) > 1:
        rows = rows[:-1]
        skipped = 0 if skipped == 1 else skipped
    if not rows:
        raise UserError(
            f"{path.name} has no record to learn from: name a file that has some."
        )
    return Sample(path, name, kind, headers, tuple(rows), skipped)


def _unknown_table() -> DeclaredTable:
    """A table with every column that has a name: the delimiter is the one by which
    a header has most of them."""
    return DeclaredTable(
        system="",
        name="",
        columns=tuple(Column(header, header) for header in vocabulary().meanings),
        files=(),
        format="csv",
        key=(),
        key_repeats=False,
        delimiter=None,
        encoding=None,
        declared_in="",
    )
