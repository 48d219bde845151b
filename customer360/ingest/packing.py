"""What is packed with gzip or zip, as a stream: nothing is ever unpacked to disk."""

from __future__ import annotations

import gzip
import io
import lzma
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from customer360.ingest.unloadable import UnloadableFile

SUFFIXES = (".gz", ".zip")
"""What may stand behind a file's own name."""

MAX_RATIO = 250
"""Something that unpacks to more than so many times its size is made to do harm."""
MAX_UNPACKED_BYTES = 100 << 30
MAX_MEMBERS = 10_000

BLOCK_BYTES = 1 << 22

_GZIP_MAGIC = b"\x1f\x8b"
_ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")
# below this, a ratio says nothing
_HARMLESS_BYTES = 64 << 20
_ENCRYPTED = 1 << 0
_CAN_UNPACK = {
    zipfile.ZIP_STORED,
    zipfile.ZIP_DEFLATED,
    zipfile.ZIP_BZIP2,
    zipfile.ZIP_LZMA,
}
_UNKNOWN = "is packed in a way that is not known here: unpack it yourself."
_DAMAGE = (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile, zipfile.BadZipFile)


def members(file: IO[bytes]) -> list[str]:
    """Names of the files in a zip archive, in its order, without folders and links;
    UnloadableFile if it is no archive, or one that was made to do harm."""
    with _archive(file) as archive:
        return [info.filename for info in archive.infolist() if _is_file(info)]


def links(file: IO[bytes]) -> list[str]:
    """Names of what else is in a zip archive but folders: nothing that is followed."""
    with _archive(file) as archive:
        return [
            info.filename
            for info in archive.infolist()
            if not info.is_dir() and not _is_file(info)
        ]


class Packed:
    """The content of an open file, or of a member of the archive that it is."""

    def __init__(self, file: IO[bytes], member: str | None) -> None:
        self._file = file
        self._member = member
        self.size = file.seek(0, io.SEEK_END)
        """Bytes it takes in the folder."""
        if member is not None:
            with _archive(file) as archive:
                self.size = _info(archive, member).compress_size

    def blocks(self) -> Iterator[tuple[bytes, float]]:
        """The content, and how much of it has been given with each block: 0 to 1."""
        with _told_as_damage("gzip file" if self._member is None else "zip archive"):
            if self._member is None:
                yield from self._unpacked(self._file, self.size)
                return
            with _archive(self._file) as archive:
                info = _info(archive, self._member)
                with archive.open(info) as stream:
                    yield from self._unpacked(stream, info.file_size)

    def _unpacked(self, stream: IO[bytes], size: int) -> Iterator[tuple[bytes, float]]:
        stream.seek(0)
        magic = stream.read(4)
        if magic in _ZIP_MAGICS:
            raise UnloadableFile(self._why_not())
        stream.seek(0)
        content = stream
        is_packed = self._member is not None
        if magic.startswith(_GZIP_MAGIC):
            is_packed = True
            content = gzip.GzipFile(fileobj=stream)
        given = 0
        while block := content.read(BLOCK_BYTES):
            given += len(block)
            if is_packed:
                self._check(given)
            yield block, stream.tell() / max(size, 1)

    def _why_not(self) -> str:
        """Why an archive can't be read as a file."""
        if self._member is not None:
            return "is an archive within an archive: unpack the outer one."
        names = members(self._file)
        if not names:
            return "is an archive with no file in it."
        if "xl/workbook.xml" in names:
            return "is a spreadsheet: save it as CSV."
        return "is a zip archive: give it a name that ends in .zip."

    def _check(self, unpacked: int) -> None:
        if unpacked > max(_HARMLESS_BYTES, MAX_RATIO * self.size):
            raise UnloadableFile(
                f"unpacks to more than {MAX_RATIO} times its size, as if it were made "
                "to do harm: if it is not, unpack it yourself."
            )
        if unpacked > MAX_UNPACKED_BYTES:
            raise UnloadableFile(
                f"unpacks to more than {MAX_UNPACKED_BYTES >> 30} GiB: unpack it "
                "yourself."
            )


@contextmanager
def _archive(file: IO[bytes]) -> Iterator[zipfile.ZipFile]:
    with _told_as_damage("zip archive"):
        size = file.seek(0, io.SEEK_END)
        with zipfile.ZipFile(file) as archive:
            infos = archive.infolist()
            if len(infos) > MAX_MEMBERS:
                raise UnloadableFile(f"has more than {MAX_MEMBERS:,} members.")
            # one packed text given many names grows beyond any ratio of its own
            if sum(info.compress_size for info in infos) > size:
                raise UnloadableFile(
                    "has members that share their bytes, as if it were made to do harm."
                )
            yield archive


def _info(archive: zipfile.ZipFile, member: str) -> zipfile.ZipInfo:
    named = [info for info in archive.infolist() if info.filename == member]
    if not named:
        raise UnloadableFile("is no longer in its archive.")
    if len(named) > 1:
        raise UnloadableFile("is more than once in its archive.")
    [info] = named
    if info.flag_bits & _ENCRYPTED:
        raise UnloadableFile("is encrypted: unpack the archive with its password.")
    if info.compress_type not in _CAN_UNPACK:
        raise UnloadableFile(_UNKNOWN)
    return info


def _is_file(info: zipfile.ZipInfo) -> bool:
    kind = stat.S_IFMT(info.external_attr >> 16)
    # archives of Windows know no kinds
    return not info.is_dir() and kind in (0, stat.S_IFREG)


@contextmanager
def _told_as_damage(kind: str) -> Iterator[None]:
    try:
        yield
    except _DAMAGE:
        raise UnloadableFile(
            f"is a damaged or incomplete {kind}: fetch it again."
        ) from None
    except NotImplementedError:
        raise UnloadableFile(_UNKNOWN) from None
    except OSError as error:
        # bzip2 tells of damage in this way, without a number
        reason = error.strerror or "its packed content is damaged"
        raise UnloadableFile(f"cannot be read: {reason}.") from None
