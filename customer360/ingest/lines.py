"""The physical lines of one piece of a delimited file, all of them at once.

Whatever structures such a file (delimiters, quotes, line ends) is found in one
pass over the bytes; all else is told from these few.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

QUOTE, LF, CR = b'"'[0], b"\n"[0], b"\r"[0]


@dataclass(frozen=True, slots=True)
class Lines:
    """Complete lines, and what each is if a record begins on it.

    Arrays have one element per line, but for the last four, which have one per
    mark: a delimiter, a quote or a line end.
    """

    starts: np.ndarray
    ends: np.ndarray
    """Without the line end."""
    nexts: np.ndarray
    """Where the next line begins."""
    odd: np.ndarray
    """Whether the line has to be read field by field."""
    ordinary: np.ndarray
    """Whether it has quotes, and none of them begins a field."""
    _breaks: np.ndarray
    """Its line end, as an index of marks."""
    _offsets: np.ndarray
    _is_delimiter: np.ndarray
    _quotes_before: np.ndarray | None

    def __len__(self) -> int:
        return len(self.starts)

    @classmethod
    def of(
        cls, data: bytes, array: np.ndarray, delimiter: int, limit: int, *, final: bool
    ) -> Self:
        """The complete lines of `data`, whose bytes are `array`. With `final` its
        end is a line's end, too. Lines longer than `limit` are odd."""
        has_quotes, has_returns = b'"' in data, b"\r" in data
        found = array == LF
        found |= array == delimiter
        if has_quotes:
            found |= array == QUOTE
        if has_returns:
            found |= array == CR
        offsets = np.flatnonzero(found)
        kinds = array[offsets]
        is_break = kinds == LF
        if has_returns:
            is_break |= _lone_returns(array, offsets, kinds, final=final)
        breaks = np.flatnonzero(is_break)
        if final and len(array) > (offsets[breaks[-1]] + 1 if len(breaks) else 0):
            breaks = np.append(breaks, len(offsets))
            offsets = np.append(offsets, len(array))
            kinds = np.append(kinds, np.uint8(LF))
        marks = breaks[-1] + 1 if len(breaks) else 0
        offsets, kinds = offsets[:marks], kinds[:marks]

        ends = offsets[breaks]
        nexts = np.minimum(ends + 1, len(array))
        starts = np.concatenate([np.zeros(1, dtype=np.int64), nexts[:-1]])[: len(ends)]
        if has_returns:
            crlf = (kinds[breaks] == LF) & (ends > 0) & (array[ends - 1] == CR)
            ends = ends - crlf
        odd = ends - starts > limit
        ordinary = np.zeros(len(starts), dtype=bool)
        quotes_before = None
        if has_quotes:
            is_quote = kinds == QUOTE
            quotes_before = np.cumsum(is_quote)
            odd, ordinary = _quoting(
                array, offsets[is_quote], quotes_before[breaks], delimiter, odd
            )
        return cls(
            starts,
            ends,
            nexts,
            odd,
            ordinary,
            breaks,
            offsets,
            kinds == delimiter,
            quotes_before,
        )

    def separators(
        self, index: np.ndarray, taken: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Offsets of the delimiters that separate fields in the lines `index`, and
        the number of fields of each. `taken`: lines that are read field by field."""
        if not len(index):
            nothing = np.zeros(0, dtype=np.int64)
            return nothing, nothing
        separating = self._is_delimiter
        some_taken = taken.any()
        if self._quotes_before is not None or some_taken:
            line = np.repeat(np.arange(len(self)), np.diff(self._breaks, prepend=-1))
        if self._quotes_before is not None:
            before = self._quotes_before
            at_break = before[self._breaks]
            if (at_break % 2).any() or self.ordinary.any():
                earlier = np.concatenate([np.zeros(1, dtype=np.int64), at_break[:-1]])
                outside = (before - earlier[line]) % 2 == 0
                separating = separating & (outside | self.ordinary[line])
            else:
                separating = separating & (before % 2 == 0)
        if some_taken:
            separating = separating & ~taken[line]
        counts = np.cumsum(separating)[self._breaks]
        fields = np.diff(counts, prepend=0)[index] + 1
        return self._offsets[separating][: counts[index[-1]]], fields


def _lone_returns(
    array: np.ndarray, offsets: np.ndarray, kinds: np.ndarray, *, final: bool
) -> np.ndarray:
    """Which marks are a CR that ends a line by itself. One at the very end of the
    data may have its LF yet to come, unless that is the end of the file."""
    last = len(array) - 1
    lone = (kinds == CR) & (array[np.minimum(offsets + 1, last)] != LF)
    if len(offsets) and offsets[-1] == last and kinds[-1] == CR:
        lone[-1] = final
    return lone


def _quoting(
    array: np.ndarray,
    quotes: np.ndarray,
    before_end: np.ndarray,
    delimiter: int,
    odd: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Which lines are odd for their quotes, or were before, and whose quotes are
    ordinary bytes; by the offsets of all quotes, and how many of them come before
    the end of each line.

    Where no quote begins a field, all of them are ordinary bytes. Where they, taken
    in turns, open after a delimiter (or a quote) and close before one, counting
    them tells what is quoted, as the grammar does. In both cases the line is a
    record. All other lines have to be read field by field.
    """
    counts = np.diff(before_end, prepend=0)
    begins_field, ends_field = _surroundings(array, quotes, delimiter)
    number = np.arange(len(quotes))
    uneven = counts % 2 == 1
    if uneven.any():
        first = np.repeat(before_end - counts, counts)
        opening = (number - first) % 2 == 0
    else:
        opening = number % 2 == 0
    after_quote = _beside_a_quote(quotes, -1)
    before_quote = _beside_a_quote(quotes, 1)
    good = np.where(opening, begins_field | after_quote, ends_field | before_quote)
    if good.all() and not uneven.any():
        # a line's first quote has none before it: it begins a field
        return odd, np.zeros(len(odd), dtype=bool)

    line = np.repeat(np.arange(len(counts)), counts)
    opened = np.zeros(len(counts), dtype=bool)
    opened[line[begins_field]] = True
    uneven[line[~good]] = True
    return odd | (opened & uneven), (counts > 0) & ~opened & ~odd


def _surroundings(
    array: np.ndarray, quotes: np.ndarray, delimiter: int
) -> tuple[np.ndarray, np.ndarray]:
    """Which quotes begin a field, and which stand at the end of one."""
    bounds = np.zeros(256, dtype=bool)
    bounds[[delimiter, LF, CR]] = True
    begins = bounds[array[quotes - 1]]
    ends = bounds[array[np.minimum(quotes + 1, len(array) - 1)]]
    if len(quotes):
        begins[0] |= quotes[0] == 0
        ends[-1] |= quotes[-1] == len(array) - 1
    return begins, ends


def _beside_a_quote(quotes: np.ndarray, side: int) -> np.ndarray:
    """Which quotes have another right before (-1) or after them (1)."""
    beside = np.zeros(len(quotes), dtype=bool)
    touching = np.diff(quotes) == 1
    if side < 0:
        beside[1:] = touching
    else:
        beside[:-1] = touching
    return beside
