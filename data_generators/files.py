"""Files that appear complete or not at all."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from errno import EISDIR
from io import TextIOWrapper
from json.encoder import encode_basestring
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

from customer360.errors import UserError
from data_generators.draws import Ints
from data_generators.rows import Bytes, join_rows
from data_generators.words import Words

BATCH = 100_000
"""Rows that are put together at a time."""

Columns = Sequence[Words | Bytes]
Kind = Literal["csv", "csv_bom", "jsonl", "json"]
"""RFC 4180 with CRLF, without and with a byte order mark; one JSON object a line;
one array of objects. All in UTF-8."""


@dataclass(frozen=True)
class Table:
    """One kind of file: what its rows are, and when each is delivered."""

    file: str
    """Path below the landing folder."""
    columns: tuple[str, ...]
    delivery: Ints
    """For each row, in the order of the file: 0 for the base file, else the day
    after `until`."""
    render: Callable[[Ints], Columns]
    """The columns of some rows. What is written of a row depends on that row
    alone. All columns are words, which are quoted where they must be, or all are
    bytes that need no quotes."""
    kind: Kind = "csv"

    def __len__(self) -> int:
        return len(self.delivery)


class NewFile:
    """A file being written under another name."""

    def __init__(self, path: Path) -> None:
        # a leading dot: whoever watches the folder must not pick up half a file
        self._part = path.with_name(f".{path.name}.{os.getpid()}.part")
        self._path = path
        if path.is_dir():
            raise IsADirectoryError(EISDIR, f"{path.name} is a folder there")
        self.handle = self._part.open("wb")

    def close(self) -> None:
        """Write what is left; a full disk may show only now."""
        self.handle.close()

    def appear(self) -> None:
        """Take the name."""
        self._part.replace(self._path)

    def discard(self) -> None:
        """Remove it, unless it has its name."""
        with suppress(OSError):
            self.handle.close()
        with suppress(OSError):
            self._part.unlink(missing_ok=True)


class NewTable(NewFile):
    """A file of rows being written."""

    def __init__(self, path: Path, columns: Sequence[str], kind: Kind) -> None:
        super().__init__(path)
        self._writer = _WRITERS[kind](self.handle, columns)

    def write(self, columns: Columns) -> None:
        """Add rows, given as columns of one kind: see `Table.render`."""
        self._writer.write(columns)

    def add(self, table: Table, rows: Ints) -> None:
        """Add some rows of a table."""
        for start in range(0, len(rows), BATCH):
            self.write(table.render(rows[start : start + BATCH]))

    def close(self) -> None:
        """Write what is left; a full disk may show only now."""
        if not self.handle.closed:
            self._writer.finish()
        super().close()


class NewFiles:
    """Files being written, which take their names all at the very end."""

    def __init__(self) -> None:
        self._files: list[NewFile] = []
        self._folders: list[Path] = []

    def open(self, path: Path, columns: Sequence[str], kind: Kind = "csv") -> NewTable:
        """Begin a file of rows of that name."""
        self._make_folder(path.parent)
        file = NewTable(path, columns, kind)
        self._files.append(file)
        return file

    def text(self, path: Path, text: str) -> None:
        """Write a file of that name with this text."""
        self._make_folder(path.parent)
        file = NewFile(path)
        self._files.append(file)
        file.handle.write(text.encode())

    def appear(self) -> None:
        """Let all of them take their names."""
        for file in self._files:
            file.close()
        for file in self._files:
            file.appear()

    def discard(self) -> None:
        """Remove what has not taken its name, and the folders made for it alone."""
        for file in self._files:
            file.discard()
        for folder in reversed(self._folders):
            with suppress(OSError):  # there is something in it
                folder.rmdir()

    def _make_folder(self, folder: Path) -> None:
        missing = [place for place in (folder, *folder.parents) if not place.exists()]
        self._folders += reversed(missing)
        folder.mkdir(parents=True, exist_ok=True)


@contextmanager
def new_files(*folders: Path) -> Iterator[NewFiles]:
    """Files in these folders that appear together when nothing went wrong.

    Until then, and whenever something goes wrong, earlier files of their names
    stay as they were; no other file is touched. Missing folders are made. Raises
    UserError where a folder can't be written to.
    """
    files = NewFiles()
    try:
        yield files
        files.appear()
    except OSError as error:
        raise UserError(_trouble(error, folders)) from None
    finally:
        files.discard()


def _trouble(error: OSError, folders: Iterable[Path]) -> str:
    reason = error.strerror
    if error.filename:
        place = Path(error.filename)
        folders = [place.parent if place.suffix == ".part" else place]
        if isinstance(error, FileExistsError):
            reason = "it is no folder"
    names = " and ".join(dict.fromkeys(map(str, folders)))
    return (
        f"cannot write files to {names}: {reason}. Put that right, or choose another "
        "folder (--landing for the files, C360_HOME for their truth)."
    )


class _CsvWriter:
    _encoding = "utf-8"

    def __init__(self, handle: BinaryIO, columns: Sequence[str]) -> None:
        self._handle = handle
        self._text = TextIOWrapper(handle, self._encoding, newline="")
        self._lines = csv.writer(self._text, lineterminator="\r\n")
        self._lines.writerow(columns)

    def write(self, columns: Columns) -> None:
        if columns[0].dtype == object:
            self._lines.writerows(zip(*(c.tolist() for c in columns), strict=True))
            return
        self._text.flush()
        pieces: list[Bytes | bytes] = []
        for column in columns:
            pieces += [column, b","]
        pieces[-1] = b"\r\n"
        self._handle.write(join_rows(pieces))

    def finish(self) -> None:
        self._text.flush()
        self._text.detach()


class _CsvBomWriter(_CsvWriter):
    _encoding = "utf-8-sig"


class _JsonLinesWriter:
    _before, _between, _after = b"", b"\n", b"\n"

    def __init__(self, handle: BinaryIO, columns: Sequence[str]) -> None:
        self._handle = handle
        self._keys = [f"{encode_basestring(column)}:" for column in columns]
        self._started = False
        handle.write(self._before)

    def write(self, columns: Columns) -> None:
        if not len(columns[0]):
            return
        if self._started:
            self._handle.write(self._between)
        self._started = True
        self._handle.write(
            self._of_words(columns)
            if columns[0].dtype == object
            else self._of_bytes(columns)
        )

    def _of_words(self, columns: Columns) -> bytes:
        keys = ", ".join(f"{key} %s" for key in self._keys).replace("%s", "\0")
        line = "{" + keys.replace("%", "%%").replace("\0", "%s") + "}"
        rows = zip(*(c.tolist() for c in columns), strict=True)
        return self._between.decode().join([line % row for row in rows]).encode()

    def _of_bytes(self, columns: Columns) -> bytes:
        pieces: list[Bytes | bytes] = []
        for key, column in zip(self._keys, columns, strict=True):
            pieces += [f", {key} ".encode(), column]
        pieces[0] = b"{" + pieces[0][2:]  # type: ignore[index,operator]
        pieces += [b"}", self._between]
        return join_rows(pieces)[: -len(self._between)]

    def finish(self) -> None:
        self._handle.write(self._after if self._started or self._before else b"")


class _JsonArrayWriter(_JsonLinesWriter):
    _before, _between, _after = b"[\n", b",\n", b"\n]\n"


_WRITERS = {
    "csv": _CsvWriter,
    "csv_bom": _CsvBomWriter,
    "jsonl": _JsonLinesWriter,
    "json": _JsonArrayWriter,
}


def quoted(words: Words) -> Words:
    """Words as JSON strings, empty ones as null."""
    return np.array([encode_basestring(w) if w else "null" for w in words], object)


def quoted_bytes(column: NDArray[np.bytes_]) -> Bytes:
    """The same for bytes that hold no quotes, backslashes or control characters."""
    both = np.char.add(np.char.add(b'"', column), b'"')
    return np.where(column == b"", b"null", both)
