"""Where a record of a delimited file starts and ends: this module alone decides.

Bytes come in blocks of any size; out come records with their number, the
physical line they begin on and their byte range. The grammar is RFC 4180 with
the tolerance real files need, and cutting the bytes into other blocks never
changes the outcome:

- A field that begins with a quote lasts to its closing quote, over line breaks
  and doubled quotes. A quote anywhere else is an ordinary byte.
- CRLF, LF and CR each end a line. A line without a byte, where a record could
  begin, is blank: counted, not a record.
- A quote that is never closed (the record outgrows `max_record_bytes`, or the
  file ends) and text after a closing quote spoil the line the record began on,
  and that line only: reading resumes at the next line.

Nearly all lines begin and end outside quotes. numpy finds those, a block at a
time, and counts their fields; every other line is read field by field.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from customer360.ingest.lines import CR, LF, Lines

MAX_RECORD_BYTES = 1 << 20
"""A record longer than this is taken for an unbalanced quote, or for rubbish."""

# What reading twice after unbalanced quotes may cost, per byte of the file and
# in all, before the file is given up: text crafted (or misread) so that each of
# its lines leaves a quote open would otherwise take quadratic time.
REREAD_SHARE = 4
REREAD_BYTES = 16 << 20

# How a record is written. Ordered: PLAIN and below can be given to COPY as is.
PLAIN = 0
"""Every quote opens, closes or doubles as RFC 4180 says."""
ORDINARY_QUOTES = 1
"""Some quote is an ordinary byte of an unquoted field."""
UNBALANCED_QUOTE = 2
TEXT_AFTER_QUOTE = 3
TOO_LONG = 4


class UnreadableText(Exception):
    """So many quotes never close that this can't be the format it is read as."""


@dataclass(frozen=True, slots=True)
class Records:
    """Consecutive records, as byte ranges of one piece of the file.

    Arrays have one element per record, in file order: `starts` and `ends` (int64
    offsets into `data`, line end excluded), `lines` (int64, physical line the
    record begins on, from 1), `fields` (int64, 0 for a fault), `shapes` (uint8,
    `PLAIN` and the constants after it). Record k of the piece has number
    `first_number` + k; the file's first record has number 0.

    `separators` are the sorted offsets of the delimiters that separate fields,
    for the records with `indexed` true: all but those read field by field.
    """

    data: bytes
    first_number: int
    starts: np.ndarray
    ends: np.ndarray
    lines: np.ndarray
    fields: np.ndarray
    shapes: np.ndarray
    indexed: np.ndarray
    separators: np.ndarray

    def __len__(self) -> int:
        return len(self.starts)

    def raw(self, k: int) -> bytes:
        """The bytes of record k, as they stand in the file."""
        return self.data[self.starts[k] : self.ends[k]]

    def after(self, k: int) -> Records:
        """The records from k on."""
        return Records(
            self.data,
            self.first_number + k,
            self.starts[k:],
            self.ends[k:],
            self.lines[k:],
            self.fields[k:],
            self.shapes[k:],
            self.indexed[k:],
            self.separators,
        )


class Scanner:
    """Cuts one file into records; feed it blocks in order, then `finish`."""

    def __init__(
        self, delimiter: bytes, *, max_record_bytes: int = MAX_RECORD_BYTES
    ) -> None:
        self.blank_lines = 0
        self._delimiter = delimiter[0]
        self._limit = max_record_bytes
        self._unquoted_field = re.compile(rb"[^\r\n%b]*" % re.escape(delimiter))
        self._tail = b""
        self._skipping = False
        self._number = 0
        self._line = 1
        self._position = 0
        self._reread = 0

    def feed(self, block: bytes) -> Records:
        """The records that `block` completes."""
        return self._scan(self._tail + block, final=False)

    def finish(self) -> Records:
        """The records that the end of the file completes."""
        return self._scan(self._tail, final=True)

    def _scan(self, data: bytes, *, final: bool) -> Records:
        if self._skipping:
            data = self._skip_line(data, final=final)
            if self._skipping:
                self._tail = data
                data = b""
        array = np.frombuffer(data, dtype=np.uint8)
        lines = Lines.of(data, array, self._delimiter, self._limit, final=final)
        starts, ends, nexts = lines.starts, lines.ends, lines.nexts

        slow = []  # start, end, line index, fields, shape
        taken = np.zeros(len(starts), dtype=bool)
        known = len(starts)  # lines whose records are all known
        resume = 0
        for line in np.flatnonzero(lines.odd).tolist():
            if line < resume:
                continue
            record = self._read_record(data, int(starts[line]), final=final)
            if record is None:
                known = line
                break
            end, following, fields, shape = record
            if shape <= ORDINARY_QUOTES:
                resume = int(np.searchsorted(starts, following))
            else:
                self._count_reread(int(starts[line]), int(nexts[line]), following)
                end = min(int(ends[line]), int(starts[line]) + self._limit)
                resume = line + 1
            taken[line:resume] = True
            slow.append((int(starts[line]), end, line, fields, shape))

        plain = ~taken
        plain[known:] = False
        blank = plain & (starts == ends)
        self.blank_lines += int(np.count_nonzero(blank))
        index = np.flatnonzero(plain & ~blank)
        separators, fields = lines.separators(index, taken)
        shapes = np.where(lines.ordinary[index], ORDINARY_QUOTES, PLAIN)
        plain_lines = (starts[index], ends[index], index, fields, shapes)
        records = self._assemble(data, plain_lines, separators, slow)

        used = len(data)
        if known < len(starts):
            used = int(starts[known])
        elif not final:
            used = int(nexts[-1]) if len(nexts) else 0
        self._number += len(records)
        self._line += known
        self._position += used
        if not self._skipping:
            self._tail = data[used:]
            # a CR at the very end may be the line's end, not a byte of it
            length = len(self._tail) - self._tail.endswith(b"\r")
            if known == len(starts) and length > self._limit:
                return self._begin_skipping(records)
        return records

    def _read_record(
        self, data: bytes, start: int, *, final: bool
    ) -> tuple[int, int, int, int] | None:
        """One record from `start`: its end, where the next begins, fields, shape.

        For a fault, "where the next begins" is how far it was read. None: more
        bytes are needed.
        """
        # one byte more than a record may have: its line end, if all is well
        limit = start + self._limit + 1
        stop = min(len(data), limit)
        at, fields, shape = start, 0, PLAIN
        while True:
            if data[at : at + 1] == b'"':
                end = _closing_quote(data, at, stop) + 1
                if not end:
                    if stop == limit or final:
                        return at, stop, 0, UNBALANCED_QUOTE
                    return None
            else:
                end = self._unquoted_field.match(data, at, stop).end()
                if data.find(b'"', at, end) >= 0:
                    shape = ORDINARY_QUOTES
            at = end
            fields += 1
            if at == limit:
                return at, at, 0, TOO_LONG
            if at == len(data):
                return (at, at, fields, shape) if final else None
            byte = data[at]
            if byte == self._delimiter:
                at += 1
                if at == limit:
                    return at, at, 0, TOO_LONG
            elif byte == LF:
                return at, at + 1, fields, shape
            elif byte == CR:
                if at + 1 == len(data) and not final:
                    return None
                following = at + 1 + (data[at + 1 : at + 2] == b"\n")
                return at, following, fields, shape
            else:
                return at, at, 0, TEXT_AFTER_QUOTE

    def _count_reread(self, start: int, next_line: int, read_to: int) -> None:
        self._reread += max(0, read_to - next_line)
        allowed = REREAD_BYTES + REREAD_SHARE * (self._position + start)
        if self._reread > allowed:
            raise UnreadableText

    def _assemble(
        self,
        data: bytes,
        plain: tuple[np.ndarray, ...],
        separators: np.ndarray,
        slow: list[tuple[int, int, int, int, int]],
    ) -> Records:
        """Both kinds of records, given as starts, ends, line indexes, fields and
        shapes, in file order."""
        indexed = np.arange(len(plain[0]) + len(slow)) < len(plain[0])
        columns = list(plain)
        if slow:
            extra = np.array(slow, dtype=np.int64).T
            columns = [np.concatenate(both) for both in zip(plain, extra, strict=True)]
            order = np.argsort(columns[0], kind="stable")
            columns = [column[order] for column in columns]
            indexed = indexed[order]
        starts, ends, lines, fields, shapes = columns
        return Records(
            data,
            self._number,
            starts,
            ends,
            lines + self._line,
            fields,
            shapes.astype(np.uint8),
            indexed,
            separators,
        )

    def _begin_skipping(self, records: Records) -> Records:
        """Give up a line that outgrew the limit: keep its head, drop the rest."""
        tail = self._tail
        head = tail[: self._limit]
        record = self._read_record(tail, 0, final=False)
        assert record is not None  # the limit is in sight  # noqa: S101
        shape = record[3]
        self._skipping = True
        self._tail = b"\r" if tail.endswith(b"\r") else b""
        data = records.data + head
        offset = len(records.data)
        records = Records(
            data,
            records.first_number,
            np.append(records.starts, offset),
            np.append(records.ends, offset + len(head)),
            np.append(records.lines, self._line),
            np.append(records.fields, 0),
            np.append(records.shapes, np.uint8(shape)),
            np.append(records.indexed, False),
            records.separators,
        )
        self._number += 1
        self._position += len(tail) - len(self._tail)
        return records

    def _skip_line(self, data: bytes, *, final: bool) -> bytes:
        """`data` from the next line on; nothing while that line is not in sight."""
        match = re.search(rb"\r\n?|\n", data)
        waiting = match and not final and match.end() == len(data)
        if match is None or (waiting and match.group() == b"\r"):
            # a CR at the very end stays: its LF may be the next block's first byte
            keep = b"\r" if match else b""
            self._position += len(data) - len(keep)
            return keep
        self._skipping = False
        self._line += 1
        self._position += match.end()
        return data[match.end() :]


def split_fields(record: bytes, delimiter: bytes) -> list[tuple[bytes, bool]]:
    """The fields of one well-formed record: value without its quotes, was quoted."""
    if record[:1] != b'"' and delimiter + b'"' not in record:
        return [(value, False) for value in record.split(delimiter)]
    fields = []
    at = 0
    while True:
        if record[at : at + 1] == b'"':
            close = _closing_quote(record, at, len(record))
            fields.append((record[at + 1 : close].replace(b'""', b'"'), True))
            at = close + 1
        else:
            end = record.find(delimiter, at)
            end = len(record) if end < 0 else end
            fields.append((record[at:end], False))
            at = end
        if at >= len(record):
            return fields
        at += 1


def _closing_quote(data: bytes, opening: int, stop: int) -> int:
    """Where the field that the quote at `opening` begins is closed; -1: not
    before `stop`."""
    close = data.find(b'"', opening + 1, stop)
    while close >= 0 and data[close + 1 : close + 2] == b'"' and close + 1 < stop:
        close = data.find(b'"', close + 2, stop)
    return close
