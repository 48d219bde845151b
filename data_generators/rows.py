"""Rows of plain fields put together as bytes, whole columns at a time.

For columns that need no quoting: ids, dates, amounts, words of a vocabulary. A
column is an array of byte strings; numpy pads each to the column's width with NUL,
and what is left when the NULs are taken out is the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from data_generators.draws import Bools, Floats, Ints
from data_generators.words import Words

Bytes = NDArray[np.bytes_]

_DAY = 86_400


def join_rows(pieces: Sequence[Bytes | bytes]) -> bytes:
    """Each row's pieces behind one another; a piece of plain bytes is every row's."""
    count = max(len(piece) for piece in pieces if not isinstance(piece, bytes))
    widths = [
        len(piece) if isinstance(piece, bytes) else piece.dtype.itemsize
        for piece in pieces
    ]
    matrix = np.zeros((count, sum(widths)), dtype=np.uint8)
    at = 0
    for piece, width in zip(pieces, widths, strict=True):
        if isinstance(piece, bytes):
            matrix[:, at : at + width] = np.frombuffer(piece, dtype=np.uint8)
        elif width:
            plain = np.ascontiguousarray(piece).view(np.uint8)
            matrix[:, at : at + width] = plain.reshape(count, width)
        at += width
    flat = matrix.ravel()
    return flat[flat != 0].tobytes()


def vocabulary(words: Sequence[str]) -> Bytes:
    """Words as bytes, to be picked from by index."""
    return np.array([word.encode() for word in words], dtype=np.bytes_)


def numbered(prefix: str, numbers: Ints, digits: int) -> Bytes:
    """`prefix` and the number with so many digits, zeros in front."""
    head = prefix.encode()
    text = np.empty((len(numbers), len(head) + digits), dtype=np.uint8)
    text[:, : len(head)] = np.frombuffer(head, dtype=np.uint8)
    _put_digits(text[:, len(head) :], numbers)
    return text.view(f"S{text.shape[1]}").ravel()


def whole(numbers: Ints, digits: int = 12) -> Bytes:
    """Whole numbers of at most so many digits, without zeros in front."""
    size = np.abs(numbers)
    text = np.empty((len(size), digits + 1), dtype=np.uint8)
    _put_digits(text[:, 1:], size)
    leading = np.logical_and.accumulate(text[:, 1:-1] == ord("0"), axis=1)
    text[:, 1:-1][leading] = 0
    text[:, 0] = np.where(numbers < 0, ord("-"), 0)
    return text.view(f"S{digits + 1}").ravel()


def money(cents: Ints) -> Bytes:
    """1234.50 for 123450."""
    text = np.zeros((len(cents), 16), dtype=np.uint8)
    text[:, :13] = whole(np.abs(cents) // 100).view(np.uint8).reshape(-1, 13)
    text[:, 0] = np.where(cents < 0, ord("-"), 0)
    text[:, 13] = ord(".")
    _put_digits(text[:, 14:], np.abs(cents) % 100)
    return text.view("S16").ravel()


def decimals(numbers: Floats) -> Bytes:
    """Six decimals of numbers that are not negative."""
    parts = np.rint(numbers * 1e6).astype(np.int64)
    return joined(whole(parts // 1_000_000), ".", numbered("", parts % 1_000_000, 6))


def _put_digits(text: NDArray[np.uint8], numbers: Ints) -> None:
    rest = numbers.copy()
    for place in range(text.shape[1] - 1, -1, -1):
        rest, digit = np.divmod(rest, 10)
        text[:, place] = digit + ord("0")


@cache
def _times() -> Bytes:
    """All times of the day."""
    return vocabulary(
        [f"{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}" for n in range(_DAY)]
    )


def dates(seconds: Ints, month_first: bool = False) -> Bytes:
    """2024-03-05, or 03/05/2024 with the month first."""
    if not len(seconds):
        return np.empty(0, dtype="S1")
    day = seconds // _DAY
    # there are far fewer days than rows
    first = int(day.min())
    days = np.arange(first, int(day.max()) + 1).astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    year, month = np.divmod(months.astype(np.int64), 12)
    of_month = (days - months.astype("datetime64[D]")).astype(np.int64)
    y, m, d = (
        numbered("", year + 1970, 4),
        numbered("", month + 1, 2),
        numbered("", of_month + 1, 2),
    )
    pieces = (m, "/", d, "/", y) if month_first else (y, "-", m, "-", d)
    return joined(*pieces)[day - first]


def timestamps(seconds: Ints, between: str = " ", behind: str = "") -> Bytes:
    """2024-03-05 14:02:11."""
    return joined(dates(seconds), between, _times()[seconds % _DAY], behind)


def joined(*pieces: Bytes | str) -> Bytes:
    """Columns of one width each put together as one column."""
    count = max(len(piece) for piece in pieces if not isinstance(piece, str))
    arrays = [
        np.full(count, piece.encode()) if isinstance(piece, str) else piece
        for piece in pieces
        if not isinstance(piece, str) or piece
    ]
    width = sum(array.dtype.itemsize for array in arrays)
    text = np.zeros((count, width), dtype=np.uint8)
    at = 0
    for array in arrays:
        size = array.dtype.itemsize
        text[:, at : at + size] = (
            np.ascontiguousarray(array).view(np.uint8).reshape(count, size)
        )
        at += size
    return text.view(f"S{width}").ravel()


def blank(column: Bytes, rows: Bools) -> Bytes:
    """The column with nothing in some rows."""
    return np.where(rows, b"", column)


_MIX = np.uint64(0x9E3779B97F4A7C15)
_FOLD = np.uint64(32)


def scrambled(prefix: str, numbers: Ints, alphabet: str, length: int) -> Bytes:
    """Ids that look random, one for each number and no two of a prefix alike.

    That needs `length` letters that can hold 64 bits.
    """
    letters = np.frombuffer(alphabet.encode(), dtype=np.uint8)
    enough = int(np.ceil(64 / np.log2(len(letters))))
    if length < enough:
        raise ValueError(f"{length} letters hold less than 64 bits")
    salt = np.uint64(crc32(prefix.encode()) << 32)
    head = prefix.encode()
    text = np.empty((len(numbers), len(head) + length), dtype=np.uint8)
    text[:, : len(head)] = np.frombuffer(head, dtype=np.uint8)
    first = _mixed(numbers.astype(np.uint64) ^ salt)
    rest = first
    for place in range(length):
        if place == enough:
            # no bits are left: the others are decoration
            rest = _mixed(first ^ salt)
        rest, digit = np.divmod(rest, np.uint64(len(letters)))
        text[:, len(head) + place] = letters[digit]
    return text.view(f"S{text.shape[1]}").ravel()


def _mixed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Every step can be undone, so that different numbers stay different."""
    mixed = numbers * _MIX
    mixed ^= mixed >> _FOLD
    mixed *= _MIX
    mixed ^= mixed >> _FOLD
    return mixed


def as_words(column: Bytes) -> Words:
    """Bytes without line breaks as text."""
    if not len(column):
        return np.empty(0, dtype=object)
    text = join_rows([column, b"\n"]).decode()
    return np.array(text.split("\n")[:-1], dtype=object)


def compact(column: Bytes) -> Bytes:
    """The same with the NULs of each value behind it, so that values compare.

    For values without line breaks.
    """
    lines = join_rows([column, b"\n"]).split(b"\n")[:-1] if len(column) else []
    return np.array(lines, dtype=np.bytes_)
