"""A file's content as UTF-8, in blocks, whatever it is wrapped or encoded in."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from customer360.errors import UserError

BLOCK_BYTES = 1 << 22

_GZIP_MAGIC = b"\x1f\x8b"
# without a mark they are what Windows writes
_UNMARKED = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins with UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class UnloadableFile(UserError):
    """The file as a whole can't be loaded; the message says why, and what to do.

    It is part of a sentence that begins with the file's name, and quotes nothing
    of the file but names of columns.
    """


class Source:
    """One open file of the landing folder.

    Bytes that the encoding does not allow come out as invalid UTF-8, so that
    they can be told record by record; `original` gives them back as they were.
    A byte order mark overrides the declared encoding.
    """

    def __init__(self, path: Path, encoding: str) -> None:
        self._path = path
        self._encoding = codecs.lookup(encoding).name
        self._digest: str | None = None
        self._codec = "utf-8"

    def __enter__(self) -> Self:
        try:
            self._file = self._path.open("rb")
        except FileNotFoundError:
            raise UnloadableFile("is no longer there.") from None
        except OSError as error:
            raise UnloadableFile(f"cannot be read: {error.strerror}.") from None
        try:
            self._state = self._stat()
            self._is_gzip = self._file.read(2) == _GZIP_MAGIC
        except OSError as error:
            self._file.close()
            raise UnloadableFile(f"cannot be read: {error.strerror}.") from None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()

    @property
    def size(self) -> int:
        """Bytes of the file as it lies in the folder."""
        return self._state[0]

    def digest(self) -> str:
        """SHA-256 of the content, in hexadecimal; of a gzip file's, unpacked, so
        that packing a file does not make it another one."""
        if self._digest is None:
            digest = hashlib.sha256()
            for block in self._content():
                digest.update(block)
            self._digest = digest.hexdigest()
        return self._digest

    def blocks(self) -> Iterator[bytes]:
        """The content as UTF-8 without byte order mark.

        UnloadableFile after the last block if this is not what `digest` saw: then
        somebody wrote to the file meanwhile.
        """
        expected = self.digest()
        digest = hashlib.sha256()
        content = self._content()
        first = next(content, b"")
        digest.update(first)
        self._codec, mark = _encoding_of(first, self._encoding)
        if self._codec == "utf-8":
            yield first[mark:]
            for block in content:
                digest.update(block)
                yield block
        else:
            decoder = codecs.getincrementaldecoder(self._codec)(self._errors)
            yield _utf8(decoder, first[mark:])
            for block in content:
                digest.update(block)
                yield _utf8(decoder, block)
            yield _utf8(decoder, b"", final=True)
        if digest.hexdigest() != expected or self._stat() != self._state:
            raise UnloadableFile(
                "changed while it was being read: load it again when it is complete."
            )

    def original(self, record: bytes) -> bytes:
        """Bytes that `blocks` gave, as they stand in the file."""
        if self._codec == "utf-8":
            return record
        try:
            text = record.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError as error:
            # the head of an endless line may end within a character
            text = record[: error.start].decode("utf-8", "surrogatepass")
        return text.encode(self._codec, self._errors)

    @property
    def _errors(self) -> str:
        wide = self._codec.startswith(("utf-16", "utf-32"))
        return "surrogatepass" if wide else "surrogateescape"

    def _content(self) -> Iterator[bytes]:
        self._file.seek(0)
        stream: IO[bytes] = self._file
        if self._is_gzip:
            stream = io.BufferedReader(gzip.GzipFile(fileobj=self._file), BLOCK_BYTES)
        try:
            while block := stream.read(BLOCK_BYTES):
                yield block
        except (EOFError, zlib.error, gzip.BadGzipFile):
            raise UnloadableFile(
                "is a damaged or incomplete gzip file: fetch it again."
            ) from None
        except OSError as error:
            raise UnloadableFile(f"cannot be read: {error.strerror}.") from None

    def _stat(self) -> tuple[int, int, int]:
        status = os.fstat(self._file.fileno())
        return status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _encoding_of(head: bytes, declared: str) -> tuple[str, int]:
    """Codec of a file that begins with `head`, and the bytes of its mark."""
    for mark, codec in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return codec, len(mark)
    return _UNMARKED.get(declared, declared), 0


def _utf8(
    decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool = False
) -> bytes:
    try:
        text = decoder.decode(block, final)
    except UnicodeDecodeError:
        raise UnloadableFile(
            "ends within a character: it is incomplete, or not in the encoding that "
            "is declared for it."
        ) from None
    return text.encode("utf-8", "surrogatepass")
