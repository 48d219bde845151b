"""A file's content as UTF-8, in blocks, whatever it is wrapped or encoded in."""

from __future__ import annotations

import codecs
import errno
import fcntl
import hashlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from customer360.ingest.encoding import Detector, Encoding
from customer360.ingest.packing import Packed
from customer360.ingest.unloadable import UnloadableFile

_SURVEYED, _READ = 0.3, 0.7
"""How much of the work it is to look a file through, and to load it."""
_SAMPLE_BYTES = 1 << 18


class Source:
    """One open file of the landing folder, or of an archive in it.

    Bytes that the encoding does not allow come out as invalid UTF-8, so that
    they can be told record by record; `original` gives them back as they were.
    A byte order mark overrides the declared encoding. `told` hears how much of
    the work is done, from 0 to 1.
    """

    def __init__(
        self,
        path: Path,
        encoding: str | None,
        *,
        member: str | None = None,
        told: Callable[[float], None] = lambda share: None,
    ) -> None:
        self._path = path
        self._declared = encoding
        self._member = member
        self._told = told
        self._digest: str | None = None
        self.encoding = Encoding("utf-8")
        """Known once the digest is."""

    def __enter__(self) -> Self:
        try:
            self._file = self._path.open("rb")
        except FileNotFoundError:
            raise UnloadableFile("is no longer there.") from None
        except OSError as error:
            raise UnloadableFile(f"cannot be read: {error.strerror}.") from None
        try:
            self._state = self._stat()
            self._packed = Packed(self._file, self._member)
            if _is_being_written(self._file.fileno()):
                raise UnloadableFile(
                    "is still being written: load it again when it is complete."
                )
        except OSError as error:
            self._file.close()
            raise UnloadableFile(f"cannot be read: {error.strerror}.") from None
        except UnloadableFile:
            self._file.close()
            raise
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
        """Bytes of the file as it lies in the folder, or in its archive."""
        return self._packed.size

    @property
    def notices(self) -> list[str]:
        """What a person should know about the encoding."""
        if not self.encoding.is_guessed:
            return []
        return [f"read as {self.encoding.name}: declare its encoding if it is another"]

    def digest(self) -> str:
        """SHA-256 of the content, in hexadecimal; of packed content when it is
        unpacked, so that packing a file does not make it another one."""
        if self._digest is None:
            digest = hashlib.sha256()
            detector = Detector(self._declared)
            for block, share in self._packed.blocks():
                digest.update(block)
                detector.feed(block)
                self._told(_SURVEYED * share)
            self.encoding = detector.finish()
            self._digest = digest.hexdigest()
        return self._digest

    def sample(self) -> bytes:
        """The beginning of the content, as UTF-8, without looking at the rest."""
        detector = Detector(self._declared)
        head, _ = next(self._packed.blocks(), (b"", 1.0))
        head = head[:_SAMPLE_BYTES]
        detector.feed(head)
        encoding = detector.finish()
        return head[encoding.mark_bytes :].decode(encoding.codec, "replace").encode()

    def blocks(self) -> Iterator[bytes]:
        """The content as UTF-8 without byte order mark.

        UnloadableFile after the last block if this is not what `digest` saw: then
        somebody wrote to the file meanwhile.
        """
        expected = self.digest()
        digest = hashlib.sha256()
        codec = self.encoding.codec
        decoder = None
        if codec != "utf-8":
            decoder = codecs.getincrementaldecoder(codec)(self._errors)
        mark = self.encoding.mark_bytes
        for block, share in self._packed.blocks():
            digest.update(block)
            text = block[mark:] if mark else block
            mark -= min(mark, len(block))
            yield _utf8(decoder, text) if decoder else text
            self._told(_SURVEYED + _READ * share)
        if decoder:
            yield _utf8(decoder, b"", final=True)
        if digest.hexdigest() != expected or self._stat() != self._state:
            raise UnloadableFile(
                "changed while it was being read: load it again when it is complete."
            )

    def original(self, record: bytes) -> bytes:
        """Bytes that `blocks` gave, as they stand in the file."""
        if self.encoding.codec == "utf-8":
            return record
        try:
            text = record.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError as error:
            # the head of an endless line may end within a character
            text = record[: error.start].decode("utf-8", "surrogatepass")
        return text.encode(self.encoding.codec, self._errors)

    @property
    def _errors(self) -> str:
        wide = self.encoding.codec.startswith(("utf-16", "utf-32"))
        return "surrogatepass" if wide else "surrogateescape"

    def _stat(self) -> tuple[int, int, int]:
        status = os.fstat(self._file.fileno())
        return status.st_size, status.st_mtime_ns, status.st_ctime_ns


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


def _is_being_written(descriptor: int) -> bool:
    """Whether some process has the file open to write to it; where the system
    can't tell, False.

    Linux grants a lease for reading only where nobody writes. A writer who comes
    while we have it is announced by a signal, which must be one that is ignored.
    """
    if sys.platform != "linux":
        return False
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    return False
