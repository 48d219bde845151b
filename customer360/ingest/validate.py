"""Which records can be loaded, and why the others can't."""

from __future__ import annotations

import numpy as np

from customer360.ingest.encoding import Encoding
from customer360.ingest.header import Layout
from customer360.ingest.lines import QUOTE
from customer360.ingest.scanner import (
    MAX_RECORD_BYTES,
    TEXT_AFTER_QUOTE,
    TOO_LONG,
    UNBALANCED_QUOTE,
    Records,
    split_fields,
)

_FAULTS = {
    UNBALANCED_QUOTE: (
        f"a quote is opened and never closed, or not within {MAX_RECORD_BYTES} bytes"
    ),
    TEXT_AFTER_QUOTE: "text follows a closing quote",
    TOO_LONG: f"longer than {MAX_RECORD_BYTES} bytes: only its beginning is kept here",
}
_BLANKS = b" \t"


def find_faults(records: Records, layout: Layout, encoding: Encoding) -> dict[int, str]:
    """Index → reason of each record that can't be loaded; at most one reason each,
    the most basic one. A reason never quotes the record."""
    faults: dict[int, str] = {}
    for k in np.flatnonzero(records.shapes >= UNBALANCED_QUOTE).tolist():
        faults[k] = _FAULTS[int(records.shapes[k])]
    for k in _with_nul(records):
        faults.setdefault(k, "NUL byte")
    if not encoding.is_valid:
        for k in _undecodable(records):
            faults.setdefault(k, f"not valid {encoding.name}")
    for k in np.flatnonzero(records.fields != layout.width).tolist():
        faults.setdefault(
            k, f"expected {layout.width} fields, found {records.fields[k]}"
        )
    for position in layout.key:
        for k in _empty(records, layout, position, faults):
            faults.setdefault(k, f"empty key: {layout.columns[position]}")
    return faults


def _with_nul(records: Records) -> list[int]:
    if b"\0" not in records.data:
        return []
    array = np.frombuffer(records.data, dtype=np.uint8)
    return _owners(records, np.flatnonzero(array == 0))


def _undecodable(records: Records) -> list[int]:
    data = records.data
    if data.isascii():
        return []
    try:
        # a character never spans two records, but may span two blocks
        data[records.starts[0] : records.ends[-1]].decode()
    except UnicodeDecodeError:
        array = np.frombuffer(data, dtype=np.uint8)
        suspects = _owners(records, np.flatnonzero(array >= 0x80))
        return [k for k in suspects if not _is_utf8(records.raw(k))]
    return []


def _empty(
    records: Records, layout: Layout, position: int, faults: dict[int, str]
) -> list[int]:
    """Records whose field at `position` is empty, or nothing but blanks."""
    array = np.frombuffer(records.data, dtype=np.uint8)
    sound = records.fields == layout.width
    index = np.flatnonzero(records.indexed & sound)
    first = np.searchsorted(records.separators, records.starts[index])
    start, end = records.starts[index], records.ends[index]
    if position > 0:
        start = records.separators[first + position - 1] + 1
    if position < layout.width - 1:
        end = records.separators[first + position]
    # only a field that begins with a blank, or a quote and then a quote or a
    # blank, needs a closer look
    head = array[np.minimum(start, len(array) - 1)]
    second = array[np.minimum(start + 1, len(array) - 1)]
    blank = np.isin(head, list(_BLANKS))
    quoted = (head == QUOTE) & np.isin(second, [*_BLANKS, QUOTE])
    empty = start == end
    suspects = index[~empty & (blank | quoted)].tolist()
    suspects += np.flatnonzero(~records.indexed & sound).tolist()
    return index[empty].tolist() + [
        k
        for k in suspects
        if k not in faults
        and not split_fields(records.raw(k), layout.delimiter)[position][0].strip()
    ]


def _owners(records: Records, offsets: np.ndarray) -> list[int]:
    """Records that hold the bytes at these sorted offsets; each once."""
    owner = np.searchsorted(records.starts, offsets, side="right") - 1
    inside = (owner >= 0) & (offsets < records.ends[owner])
    return np.unique(owner[inside]).tolist()


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True
