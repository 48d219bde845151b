"""Fetched records on their way into the landing folder, as JSON lines."""

from __future__ import annotations

import gzip
import hashlib
import os
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from customer360.errors import UserError
from customer360.fetch.connections import FetchedTable
from customer360.ingest.declarations import normalised

_BUFFER_BYTES = 1 << 18
_MOST_VERSIONS = 100
"""Of one record in one fetch; each is an open file."""


class SpoolFile:
    """One file that is being written."""

    def __init__(self, path: Path) -> None:
        self.records = 0
        self._path = path
        self._digest = hashlib.sha256()
        self._waiting = bytearray()
        self._file = path.open("wb")
        # the same records are the same bytes, whenever they come
        self._packed = gzip.GzipFile("", "wb", 6, self._file, mtime=0)

    @property
    def sha256(self) -> str:
        """Of the content so far, unpacked."""
        self._pack()
        return self._digest.hexdigest()

    def write(self, line: bytes) -> None:
        """Append a record's line."""
        self.records += 1
        self._waiting += line
        if len(self._waiting) >= _BUFFER_BYTES:
            self._pack()

    def write_empty_line(self) -> None:
        """Make it other bytes with the same records."""
        self._waiting += b"\n"

    def complete(self, target: Path) -> None:
        """Give the complete file, safe on disk, this name."""
        self._pack()
        self._packed.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._path = self._path.replace(target)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def abandon(self) -> None:
        """Leave nothing of it behind."""
        self._file.close()
        self._path.unlink(missing_ok=True)

    def _pack(self) -> None:
        if not self._waiting:
            return
        self._digest.update(self._waiting)
        self._packed.write(self._waiting)
        self._waiting.clear()


class Spool:
    """What is fetched for one table, in hidden files until they are moved.

    A record that comes once more, because it was changed while an API gave its
    pages, goes into a second file, and then into a third: staging takes the version
    of the last file.
    """

    def __init__(
        self, folder: Path, name: str, table: FetchedTable, *, may_repeat: bool
    ) -> None:
        self.files: list[SpoolFile] = []
        self._folder = folder
        self._name = name
        self._rename = table.rename
        key = table.table.key if not table.table.key_repeats else ()
        headers = {column.name: column.header for column in table.table.columns}
        self._key = [normalised(headers[name]) for name in key] if may_repeat else []
        self._versions: Counter[int] = Counter()
        self._dumps: Callable[[Any], str]

    def __enter__(self) -> Self:
        import simplejson

        self._dumps = simplejson.JSONEncoder(use_decimal=True).encode
        self._folder.mkdir(parents=True, exist_ok=True)
        # of a fetch that was killed
        for path in self._folder.glob(f".{self._name}.*"):
            path.unlink(missing_ok=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for file in self.files:
            file.abandon()

    def write(self, record: Any) -> None:
        """Add a record."""
        if self._rename and isinstance(record, Mapping):
            record = {self._rename.get(k, k): value for k, value in record.items()}
        place = self._earlier_versions(record)
        while len(self.files) <= place:
            path = self._folder / f".{self._name}.{len(self.files)}"
            self.files.append(SpoolFile(path))
        self.files[place].write(f"{self._dumps(record)}\n".encode())

    def _earlier_versions(self, record: Any) -> int:
        """How many records with this key came before."""
        if not self._key or not isinstance(record, Mapping):
            return 0
        key = {normalised(name): record[name] for name in record}
        values = [key.get(name) for name in self._key]
        # without a key it is quarantined, not a version of anything
        if any(value is None or value == "" for value in values):
            return 0
        mark = hash(tuple(map(str, values)))
        earlier = self._versions[mark]
        if earlier == _MOST_VERSIONS:
            raise UserError(
                f"{self._name}: a record came more than {_MOST_VERSIONS} times. Either "
                "the API's pages never end, or the table's key is not one: then "
                "key_repeats must be true in its declaration."
            )
        self._versions[mark] += 1
        return earlier
