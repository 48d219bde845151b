"""What a file is encoded in, where nobody has declared it.

A byte order mark decides. Without one, a file is UTF-16 if its first characters
and all NUL bytes say so, and else UTF-8, unless everything speaks for
Windows-1252 (of which Latin-1's text is a part):

- it is no valid UTF-8, and next to no character of it is one beyond ASCII in UTF-8;
- it is text of the West if it is read as Windows-1252: nearly all bytes beyond
  ASCII are letters beside a letter, or signs that people type;
- they are not rare: one per thousand lines at least.

So a damaged byte here and there makes some bad records of a UTF-8 file, not another
encoding of a whole file. The decision is for the file as a whole, from all of it.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass, replace

import numpy as np

WINDOWS_1252 = "cp1252"

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins with UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# without a mark they are what Windows writes
_UNMARKED = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}

_HEAD_BYTES = 1 << 16  # enough to know a mark, or UTF-16
_FIRST_CHARACTERS = 4
_STRAY_PER_CHARACTER = 20
_WESTERN_SHARE = 0.8
_NUL_SHARE = 0.1
_LINES_PER_STRAY = 1000
# bytes on either side of one that tell what it is
_AROUND = 3


@dataclass(frozen=True)
class Encoding:
    """How to read a file."""

    codec: str
    mark_bytes: int = 0
    is_guessed: bool = False
    """Whether it is another than UTF-8, and nothing but the bytes says so."""
    is_valid: bool = False
    """Whether all of it is known to be valid UTF-8."""

    @property
    def name(self) -> str:
        """The name people know it by."""
        if self.codec == WINDOWS_1252:
            return "windows-1252"
        return self.codec.removesuffix("-le").removesuffix("-be")


class Detector:
    """Takes in a file's bytes; then tells its encoding."""

    def __init__(self, declared: str | None) -> None:
        self._declared: Encoding | None = None
        if declared:
            codec = codecs.lookup(declared).name
            self._declared = Encoding(_UNMARKED.get(codec, codec))
        self._head = b""
        self._found: Encoding | None = None
        self._survey: _Survey | None = None

    def feed(self, block: bytes) -> None:
        """Take in the next bytes."""
        if len(self._head) < _HEAD_BYTES:
            self._head += block
            if len(self._head) < _HEAD_BYTES:
                return
            block = self._look_at_head()
        if self._survey:
            self._survey.feed(block)

    def finish(self) -> Encoding:
        """The encoding of all that was taken in."""
        if len(self._head) < _HEAD_BYTES:
            head = self._look_at_head()
            if self._survey:
                self._survey.feed(head)
        if not self._survey:
            assert self._found  # noqa: S101
            return self._found
        surveyed = self._survey.finish()
        if self._found is None:
            return surveyed
        return replace(self._found, is_valid=surveyed.is_valid)

    def _look_at_head(self) -> bytes:
        """Decide what the head is enough for; returns it."""
        head = self._head[:_HEAD_BYTES]
        self._found = _marked(head) or self._declared or _unmarked_utf_16(head)
        if self._found is None or self._found.codec == "utf-8":
            self._survey = _Survey()
        return self._head


def _marked(head: bytes) -> Encoding | None:
    for mark, codec in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return Encoding(codec, len(mark))
    return None


def _unmarked_utf_16(head: bytes) -> Encoding | None:
    """UTF-16, if the beginning of a file can't be anything else."""
    array = np.frombuffer(head[: len(head) // 2 * 2], dtype=np.uint8)
    pairs = array.reshape(-1, 2)
    first = pairs[:_FIRST_CHARACTERS]
    if len(first) < _FIRST_CHARACTERS:
        return None
    for codec, high in (("utf-16-le", 1), ("utf-16-be", 0)):
        low = 1 - high
        begins = (first[:, high] == 0).all() and (first[:, low] != 0).all()
        # U+DE00 has such a byte, and a NUL character is no more than a bad record
        if begins and (pairs[:, low] == 0).mean() < _NUL_SHARE:
            return Encoding(codec, is_guessed=True)
    return None


class _Survey:
    """Takes in all bytes of a file that may be UTF-8; then tells whether it is."""

    def __init__(self) -> None:
        self._decoder: codecs.IncrementalDecoder | None
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        """None once there was a byte that is no UTF-8."""
        self._context = b""
        """The last bytes: those not yet judged, after some that they lean on."""
        self._judged = 0
        self._lines = 0
        self._characters = 0
        self._stray = 0
        self._western = 0

    def feed(self, block: bytes) -> None:
        """Take in the next bytes."""
        array = np.frombuffer(block, dtype=np.uint8)
        # no more than an estimate of the records
        self._lines += int(np.count_nonzero(array == ord("\n")))
        if self._decoder:
            pending = self._decoder.getstate()[0]
            try:
                self._decoder.decode(block)
            except UnicodeDecodeError:
                self._decoder = None
                self._characters -= bool(pending)
                self._judged = len(self._context) - len(pending)
            else:
                self._characters += int(np.count_nonzero(array >= 0xC0))
                self._context = (self._context + block[-2 * _AROUND :])[-2 * _AROUND :]
                return
        self._judge(block, final=False)

    def finish(self) -> Encoding:
        """The encoding of the whole."""
        if self._decoder:
            pending = self._decoder.getstate()[0]
            if not pending:
                return Encoding("utf-8", is_valid=True)
            self._characters -= 1
            self._judged = len(self._context) - len(pending)
        self._judge(b"", final=True)
        is_western = (
            self._characters * _STRAY_PER_CHARACTER <= self._stray
            and self._western >= _WESTERN_SHARE * self._stray
            and self._lines <= _LINES_PER_STRAY * self._stray
        )
        if is_western:
            return Encoding(WINDOWS_1252, is_guessed=True)
        return Encoding("utf-8")

    def _judge(self, block: bytes, *, final: bool) -> None:
        """Count all bytes beyond ASCII that have enough others after them."""
        data = self._context + block
        until = len(data) if final else self._end_of_character(data)
        part = data[self._judged : until]
        if _is_utf_8(part):
            self._characters += int(np.count_nonzero(np.frombuffer(part, "u1") >= 0xC0))
        else:
            # room for a look beyond both ends
            array = np.frombuffer(bytes(_AROUND) + data + bytes(_AROUND), np.uint8)
            self._count(array, slice(_AROUND + self._judged, _AROUND + until))
        keep = min(until, _AROUND)
        self._context = data[until - keep :]
        self._judged = keep

    def _end_of_character(self, data: bytes) -> int:
        """Where a character may begin, as near to the end as can be judged."""
        last = max(len(data) - _AROUND, self._judged)
        for end in range(last, max(last - _AROUND, self._judged), -1):
            if end < len(data) and not _CONTINUATION[data[end]]:
                return end
        return last

    def _count(self, array: np.ndarray, here: slice) -> None:
        high = np.flatnonzero(array >= 0x80)
        lengths = _lengths(array, high)
        inside = np.zeros(len(array), dtype=bool)
        for length in (2, 3, 4):
            for place in range(length):
                inside[high[lengths == length] + place] = True
        judged = (high >= here.start) & (high < here.stop)
        self._characters += int(np.count_nonzero(lengths[judged]))
        stray = high[judged & ~inside[high]]
        self._stray += len(stray)
        self._western += int(np.count_nonzero(_are_western(array, stray)))


def _is_utf_8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _lengths(array: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Bytes of the UTF-8 character that begins at each of these; 0: none does."""
    lead, second = array[high], array[high + 1]
    continues = [_CONTINUATION[array[high + place]] for place in (1, 2, 3)]
    lengths = np.zeros(len(high), dtype=np.int8)
    lengths[(lead >= 0xC2) & (lead <= 0xDF) & continues[0]] = 2
    # neither written longer than need be, nor half of a pair, nor beyond the last
    sound = (
        ((lead != 0xE0) | (second >= 0xA0))
        & ((lead != 0xED) | (second <= 0x9F))
        & ((lead != 0xF0) | (second >= 0x90))
        & ((lead != 0xF4) | (second <= 0x8F))
    )
    three = (lead >= 0xE0) & (lead <= 0xEF) & sound & continues[0] & continues[1]
    lengths[three] = 3
    four = (lead >= 0xF0) & (lead <= 0xF4) & sound
    lengths[four & continues[0] & continues[1] & continues[2]] = 4
    return lengths


def _are_western(array: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Whether each of these bytes, as Windows-1252, stands as text of the West has
    it: letters beside a letter, no capital after a small one, signs by themselves."""
    kind = _KINDS[array[places]]
    before, after = _KINDS[array[places - 1]], _KINDS[array[places + 1]]
    # other alphabets' encodings have whole words of such bytes
    lonely = (array[places - 2] < 0x80) | (array[places - 1] < 0x80)
    lonely &= (array[places + 2] < 0x80) | (array[places + 1] < 0x80)
    lonely &= (array[places - 1] < 0x80) | (array[places + 1] < 0x80)
    beside_letter = (before == _PLAIN) | (before == _PLAIN_CAPITAL)
    beside_letter |= (after == _PLAIN) | (after == _PLAIN_CAPITAL)
    small = (kind == _SMALL) & beside_letter
    capital = (kind == _CAPITAL) & beside_letter & (before != _PLAIN)
    sign = (kind == _SIGN) & (before != kind) & (after != kind)
    return lonely & (small | capital | sign)


_CONTINUATION = np.zeros(256, dtype=bool)
_CONTINUATION[0x80:0xC0] = True

_PLAIN, _PLAIN_CAPITAL, _SMALL, _CAPITAL, _SIGN = range(1, 6)
_KINDS = np.zeros(256, dtype=np.uint8)
for _kind, _letters in {
    _PLAIN: "abcdefghijklmnopqrstuvwxyz",
    _PLAIN_CAPITAL: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    _SMALL: "àáâãäåæçèéêëìíîïðñòóôõöøùúûüýßšžœ",
    _CAPITAL: "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞŠŽŒŸ",
    _SIGN: "€‚„…‘’“”•–—™£§©ª«®°²³´·º»¼½¾¿¡\N{NO-BREAK SPACE}",  # noqa: RUF001
}.items():
    _KINDS[list(_letters.encode(WINDOWS_1252))] = _kind
