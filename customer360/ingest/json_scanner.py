"""Where a record of a JSON file starts and ends: this module alone decides.

A file is an array of objects, or objects one after another, on a line each or over
several; commas between them are neither missed nor minded. Bytes come in blocks of
any size; out come records with their number, the physical line they begin on and
their text. Cutting the bytes into other blocks never changes the outcome:

- An object that is valid JSON is a record, up to its closing brace.
- One that is not ends where its brackets close, but at the latest before the next
  line that begins with a brace and is indented no deeper. On the one long line of
  an array, where its brackets do not close, it ends before the next brace that
  opens with the same key as the last good record.
- Whatever else stands on the line, up to the next brace, spoils the object that it
  follows, or is a bad record by itself.

So one bad record costs no other. What a record is, is told from no more than its
first `max_record_bytes` characters and one; only for the end of a longer one is
more read.
"""

from __future__ import annotations

import codecs
import json
import re
from bisect import bisect
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from customer360.ingest.json_text import (
    TOO_DEEP,
    Brackets,
    NotJson,
    Refused,
    parse,
    string_spans,
)
from customer360.ingest.scanner import (
    MAX_RECORD_BYTES,
    REREAD_BYTES,
    REREAD_SHARE,
    UnreadableText,
)

TOO_LONG = f"longer than {MAX_RECORD_BYTES} bytes: only its beginning is kept here"

# how far beyond an error the brackets around it are looked for
_NEAR = 1 << 16
_DEEPEST_INDENT = 200
_SEPARATORS = re.compile(r"[ \t\r\n,]*")
# what may stand between an object and what its line may go on with
_AFTER = re.compile(r"[ \t]*(?:,[ \t]*)?")
_REST = re.compile(r"[^{\]\r\n]*")
_BLANKS = re.compile(r"[ \t]*")


class JsonRecord(NamedTuple):
    """One record. Bytes that are no UTF-8 are lone surrogates in `text`."""

    number: int
    """The first is 1."""
    line: int
    text: str
    """As it stands in the file; of a record that is too long its beginning."""
    members: dict[str, Any] | None
    """Its members, if it is good: numbers are text, as they are written."""
    fault: str

    @property
    def raw(self) -> bytes:
        """The bytes as they stand in the file."""
        return _encoded(self.text)


class _Found(NamedTuple):
    """What begins somewhere: where it ends, and what it is."""

    end: int
    members: dict[str, Any] | None
    fault: str = ""


class JsonScanner:
    """Cuts one file into records; feed it blocks in order, then `finish`."""

    def __init__(self, *, max_record_bytes: int = MAX_RECORD_BYTES) -> None:
        self.is_in_array = False
        """Whether an array is open: at the end, whether it was never closed."""
        self._limit = max_record_bytes
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._text = ""
        self._number = 0
        self._line = 1
        self._head = ""
        """The beginning of the line, as far as it is not in `_text` any more."""
        self._skip: _Skip | None = None
        self._last_good: dict[str, Any] = {}
        self._position = 0
        self._reread = 0

    def feed(self, block: bytes) -> list[JsonRecord]:
        """The records that `block` completes."""
        text = self._text + self._decoder.decode(block)
        return list(self._read(text, final=False))

    def finish(self) -> list[JsonRecord]:
        """The records that the end of the file completes."""
        text = self._text + self._decoder.decode(b"", True)
        return list(self._read(text, final=True))

    def _read(self, text: str, *, final: bool) -> Iterator[JsonRecord]:
        at = counted = 0
        has_returns = "\r" in text
        while True:
            if self._skip:
                at = self._skip.feed(text, at, final=final)
                if not self._skip.is_over:
                    break
                self._skip = None
            at = _end(_SEPARATORS, text, at)
            if at == len(text):
                # a CR at the very end may be one line end with what follows
                at -= not final and text.endswith("\r")
                break
            if text[at] == "[" and not self.is_in_array:
                self.is_in_array = True
                at += 1
                continue
            if text[at] == "]" and self.is_in_array:
                self.is_in_array = False
                at += 1
                continue
            self._line += _line_ends(text, counted, at, has_returns)
            counted = at
            found = self._good(text, at, final) or self._any(text, at, final)
            if found is None:
                break
            self._number += 1
            if found.members is not None:
                self._last_good = found.members
                kept = text[at : found.end]
            else:
                kept = self._kept(text, at, found)
            yield JsonRecord(self._number, self._line, kept, found.members, found.fault)
            at = found.end
        self._line += _line_ends(text, counted, at, has_returns)
        self._leave(text, at)

    def _good(self, text: str, at: int, final: bool) -> _Found | None:
        """A good record; None if it is none, or its end is not in sight."""
        if text[at] != "{":
            return None
        try:
            members, end = parse(text, at)
        except (NotJson, Refused, RecursionError):
            return None
        if not self._fits(text, at, end) or not self._may_follow(
            text, end, final=final
        ):
            return None
        return _Found(end, members)

    def _any(self, text: str, at: int, final: bool) -> _Found | None:
        """Whatever begins here; None if more has to be seen of it."""
        window = text[at : at + self._limit + 1]
        if len(window) <= self._limit and not final:
            return None
        try:
            found = self._value(window)
        except NotJson as error:
            if window[0] in "{[":
                found = self._broken(window, error, self._indent(text, at), at)
            else:
                found = _Found(_end(_REST, window, 1), None, str(error))
        return _Found(at + found.end, found.members, found.fault)

    def _value(self, window: str) -> _Found:
        """The valid value that the window begins with; NotJson if there is none."""
        value, fault = None, ""
        try:
            value, end = parse(window, 0)
        except Refused as refusal:
            fault, end = str(refusal), refusal.end
        except RecursionError:
            fault = TOO_DEEP
            end, is_closed = Brackets().follow(window, 0, len(window))
            if not is_closed:
                raise NotJson(fault, end) from None
        if not self._fits(window, 0, end):
            fault = TOO_LONG
        elif not fault and not isinstance(value, dict):
            fault = "not an object"
        if not self._may_follow(window, end, final=True):
            fault = fault or "text follows the object"
            end = _end(_REST, window, end)
        return _Found(end, None if fault else value, fault)

    def _broken(self, window: str, error: NotJson, indent: int, at: int) -> _Found:
        """An object or array that is not valid, or not to its end in the window."""
        next_line = _next_line(indent, self.is_in_array)
        line = next_line.search(window, 1)
        stop = line.start() if line else len(window)
        brackets = Brackets()
        read, is_closed = brackets.follow(window, 0, min(stop, error.at + _NEAR))
        closed = read if is_closed else None
        sibling = None if line else self._next_sibling(window, error.at, closed)
        if sibling:
            end = sibling
        elif is_closed:
            end = read
            if not self._may_follow(window, end, final=True):
                end = _end(_REST, window, end)
        elif line:
            end = line.end()
        elif len(window) <= self._limit:
            end = len(window)
        else:
            stop = _end_of_lines(window)
            if not brackets.is_broken:
                stop, _ = brackets.follow(window, read, stop)
            self._skip = _Skip(brackets, next_line)
            return _Found(stop, None, TOO_LONG)
        self._count_reread(max(error.at, read) - end, at)
        return _Found(end, None, str(error))

    def _next_sibling(
        self, window: str, error_at: int, closed: int | None
    ) -> int | None:
        """Where the next record begins in an array that is all on one line.

        Where the brackets close, at `closed`, that can only be where the error is, or
        within what looks like a string: a quote is missing, and it is what stands
        between strings.
        """
        if not self.is_in_array or not self._last_good:
            return None
        spans = string_spans(window, error_at + _NEAR)
        starts = [start for start, _ in spans]
        before = bisect(starts, error_at) - 1
        # the last string may have swallowed the beginning
        doubtful = starts[before] if before >= 0 else error_at
        key = re.escape(json.dumps(next(iter(self._last_good)), ensure_ascii=False))
        for match in re.compile(rf"\{{\s*{key}\s*:").finditer(
            window, 1, closed or len(window)
        ):
            at = match.start()
            k = bisect(starts, at) - 1
            if at == error_at or (k >= 0 and at < spans[k][1]):
                return at
            if closed is None and at >= doubtful:
                return at
        return None

    def _may_follow(self, text: str, end: int, *, final: bool) -> bool:
        """Whether what comes after a value is what may come there."""
        if text.startswith("," if self.is_in_array else "\n", end):
            return True  # as nearly always
        at = _end(_BLANKS if self.is_in_array else _AFTER, text, end)
        if at == len(text):
            return final
        return text[at] in (",\r\n{]" if self.is_in_array else "\r\n{[")

    def _fits(self, text: str, at: int, end: int) -> bool:
        if 4 * (end - at) <= self._limit:
            return True
        return len(_encoded(text[at:end])) <= self._limit

    def _kept(self, text: str, at: int, found: _Found) -> str:
        """What is kept of a bad record."""
        if found.fault != TOO_LONG:
            return text[at : found.end].rstrip(" \t\r\n,")
        head = _encoded(text[at : at + self._limit])[: self._limit]
        return head.decode("utf-8", "surrogateescape")

    def _indent(self, text: str, at: int) -> int:
        """Blanks at the beginning of the line that has a record at `at`."""
        line = _line_start(text, at)
        head = text[line:at] if line else self._head + text[:at]
        return min(_end(_BLANKS, head, 0), _DEEPEST_INDENT)

    def _count_reread(self, amount: int, at: int) -> None:
        self._reread += max(0, amount)
        if self._reread > REREAD_BYTES + REREAD_SHARE * (self._position + at):
            raise UnreadableText

    def _leave(self, text: str, at: int) -> None:
        """Go on from `at`, with what comes before it out of sight."""
        line = _line_start(text, at)
        head = "" if line else self._head
        self._head = (head + text[line : min(at, line + _DEEPEST_INDENT)])[
            :_DEEPEST_INDENT
        ]
        self._position += at
        self._text = text[at:]


class _Skip:
    """Looks for the end of a record that is longer than a record may be."""

    def __init__(self, brackets: Brackets, next_line: re.Pattern[str]) -> None:
        self.is_over = False
        self._brackets = brackets
        self._next_line = next_line

    def feed(self, text: str, at: int, *, final: bool) -> int:
        """How far the text belongs to the record, or can be judged."""
        line = self._next_line.search(text, at)
        stop = len(text) if final else _end_of_lines(text)
        stop = max(at, line.start() if line else stop)
        if not self._brackets.is_broken:
            read, self.is_over = self._brackets.follow(text, at, stop)
            if self.is_over:
                return read
            if not self._brackets.is_broken and read < stop:
                return read
        self.is_over = line is not None
        return line.end() if line else stop


@cache
def _next_line(indent: int, is_in_array: bool) -> re.Pattern[str]:
    """A line break before something that is indented no deeper, and begins like a
    record, maybe after the end of another, or ends the array."""
    blanks = rf"[ \t]{{0,{indent}}}"
    record = r"(?:\}[ \t]{0,99},?[ \t]{0,99})?(?=\{)"
    begins = rf"(?:{record}|(?=\]))" if is_in_array else record
    return re.compile(rf"(?:\r\n?|\n){blanks}{begins}")


def _end_of_lines(text: str) -> int:
    """Up to where one can tell what each line begins with."""
    line = _line_start(text, len(text))
    tail = text[line:]
    if line and len(tail) < 500 and not tail.strip(" \t},"):
        return line - 1 - (text[line - 2 : line] == "\r\n")
    return len(text)


def _line_start(text: str, at: int) -> int:
    return max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1


def _line_ends(text: str, start: int, end: int, has_returns: bool) -> int:
    count = text.count("\n", start, end)
    if has_returns:
        count += text.count("\r", start, end) - text.count("\r\n", start, end)
    return count


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    assert match  # noqa: S101
    return match.end()
