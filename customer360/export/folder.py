"""The export folder: files appear in it whole, and a failure leaves it as it was."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from customer360.errors import UserError

MANIFEST = "manifest.json"

_BLOCK = 1 << 20
_CSV = re.compile(r"[a-z_][a-z0-9_]*\.csv")
_PARTIAL = re.compile(r"\.(?:[a-z_][a-z0-9_]*\.csv|manifest\.json)\.partial")


@dataclass(frozen=True)
class WrittenFile:
    """What a file holds, for the manifest."""

    bytes: int
    sha256: str


class ExportFolder:
    """A folder that one export at a time writes to; `open_folder` gives it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._written: list[str] = []

    def write(self, name: str, parts: Iterable[bytes]) -> WrittenFile:
        """Write a new file beside the old one; `replace_all` puts it in its place."""
        digest = hashlib.sha256()
        size = 0
        # personal data: its owner's alone, until they say otherwise
        descriptor = os.open(
            self._partial(name), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600
        )
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            for block in _blocks(parts):
                digest.update(block)
                size += len(block)
                rest = memoryview(block)
                while rest:
                    rest = rest[file.write(rest) :]
            os.fsync(file.fileno())
        self._written.append(name)
        return WrittenFile(size, digest.hexdigest())

    def replace_all(self, manifest: Mapping[str, Any]) -> None:
        """Put all new files in their places, then the manifest that lists them.

        Until the last step the old manifest stands and does not match the new
        files, so that a reader can tell. What only the old one lists is removed.
        """
        stale = self._listed() - set(self._written)
        text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
        files = list(self._written)
        self.write(MANIFEST, [text.encode()])
        for name in files:
            self._replace(name)
        self._sync()
        self._replace(MANIFEST)
        self._sync()
        for name in stale:
            (self.path / name).unlink(missing_ok=True)

    def discard(self) -> None:
        """Remove what was begun and never put in its place."""
        for path in self.path.iterdir():
            if _PARTIAL.fullmatch(path.name):
                path.unlink(missing_ok=True)

    def _listed(self) -> set[str]:
        """CSV files of the manifest that is there; none if it is unreadable."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            manifest = json.loads((self.path / MANIFEST).read_bytes())
            names = {str(entry["file"]) for entry in manifest["files"]}
            # nothing that an export could not have written
            return {name for name in names if _CSV.fullmatch(name)}
        return set()

    def _replace(self, name: str) -> None:
        partial, final = self._partial(name), self.path / name
        # whoever opened a file to others, or closed it, meant it to stay so; some
        # file systems have no such thing
        with suppress(FileNotFoundError, PermissionError):
            shutil.copymode(final, partial)
        partial.replace(final)

    def _partial(self, name: str) -> Path:
        return self.path / f".{name}.partial"

    def _sync(self) -> None:
        """Make the renames last through a loss of power, where that can be done."""
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            with suppress(OSError):
                os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def open_folder(path: Path) -> Iterator[ExportFolder]:
    """Make the folder if it is missing, and keep other exports out of it.

    Whatever goes wrong, no half-written file stays. UserError when the folder
    cannot be written to.
    """
    with _explained(path):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            _keep_others_out(descriptor, path)
            folder = ExportFolder(path)
            try:
                # what a killed export left behind
                folder.discard()
                # to find out now, not after the database has worked for minutes
                folder._partial("probe.csv").touch()
                folder.discard()
                yield folder
            finally:
                with suppress(OSError):
                    folder.discard()
        finally:
            os.close(descriptor)


def _keep_others_out(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise UserError(
            f"Another export is writing to {path}: wait until it has ended."
        ) from None
    except OSError:
        # a file system without locks: each file is still replaced whole
        return


def _blocks(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Gather rows to blocks that are worth a call each."""
    gathered: list[bytes] = []
    size = 0
    for part in parts:
        gathered.append(part)
        size += len(part)
        if size >= _BLOCK:
            yield b"".join(gathered)
            gathered.clear()
            size = 0
    yield b"".join(gathered)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except (FileExistsError, NotADirectoryError):
        raise UserError(
            f"The export folder {path} is not a folder: set C360_EXPORT_DIR (or "
            "--export) to one."
        ) from None
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            reason = "there is no space left for the files"
        elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            reason = "this user may not write there"
        else:
            reason = error.strerror or type(error).__name__
        where = f" ({Path(error.filename).name})" if error.filename else ""
        raise UserError(
            f"Cannot export to {path}: {reason}{where}. Put that right, or set "
            "C360_EXPORT_DIR (or --export) to another folder."
        ) from None
