"""Files that appear complete or not at all."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from errno import EISDIR
from pathlib import Path
from typing import TextIO

from customer360.errors import UserError


class CsvFile:
    """An RFC 4180 file being written: UTF-8, commas, CRLF, quotes where needed."""

    def __init__(self, handle: TextIO, header: Sequence[str]) -> None:
        self._writer = csv.writer(handle, lineterminator="\r\n")
        self._writer.writerow(header)

    def write(self, columns: Iterable[Iterable[str]]) -> None:
        """Add rows, given as one sequence a column."""
        self._writer.writerows(zip(*columns, strict=True))


@contextmanager
def csv_files(headers: Mapping[Path, Sequence[str]]) -> Iterator[list[CsvFile]]:
    """Open new files with these headers, which take their names at the very end.

    Until then, and whenever something goes wrong, earlier files of these names
    stay as they were; no other file is touched. Missing folders are made. Raises
    UserError where a folder can't be written to.
    """
    # a leading dot: whoever watches the folder must not pick up half a file
    parts = {p: p.with_name(f".{p.name}.{os.getpid()}.part") for p in headers}
    handles: list[TextIO] = []
    try:
        for path, part in parts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.is_dir():
                raise IsADirectoryError(EISDIR, f"{path.name} is a folder there")
            handles.append(part.open("w", encoding="utf-8", newline=""))
        yield [
            CsvFile(handle, header)
            for handle, header in zip(handles, headers.values(), strict=True)
        ]
        # a full disk may show only now, and must show before anything is replaced
        for handle in handles:
            handle.close()
        for path, part in parts.items():
            part.replace(path)
    except OSError as error:
        raise UserError(_trouble(error, [path.parent for path in headers])) from None
    finally:
        for handle in handles:
            with suppress(OSError):
                handle.close()
        for part in parts.values():
            with suppress(OSError):
                part.unlink(missing_ok=True)


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
