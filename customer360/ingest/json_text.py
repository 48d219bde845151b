"""JSON as it is written: numbers stay text, and what can mean two things is refused."""

from __future__ import annotations

import re
from json import JSONDecodeError, JSONDecoder
from json.decoder import scanstring
from typing import Any

MAX_DEPTH = 100

_BLANKS = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'[^"\\\r\n]*(?:\\[^\r\n][^"\\\r\n]*)*')
_STRUCTURE = re.compile(r'["{}\[\]]')
_STRINGS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"')
_BRACKETS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]]')
_CLOSING = {"{": "}", "[": "]"}


class NotJson(Exception):
    """No JSON: why, and how far it could be read."""

    def __init__(self, reason: str, at: int) -> None:
        super().__init__(reason)
        self.at = at


class Refused(Exception):
    """JSON that can't be kept: why, and where it ends."""

    def __init__(self, reason: str, end: int = 0) -> None:
        super().__init__(reason)
        self.end = end


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Refused("a key is there twice")
    return members


def _no_constant(name: str) -> None:
    raise Refused("not valid JSON: NaN and Infinity are no numbers")


_scan = JSONDecoder(
    object_pairs_hook=_unique,
    parse_float=str,
    parse_int=str,
    parse_constant=_no_constant,
).scan_once
_scan_anything = JSONDecoder(parse_float=str, parse_int=str).scan_once


def parse(text: str, at: int) -> tuple[Any, int]:
    """The value that begins at `at`, and its end. Numbers are text, as written.

    NotJson, Refused; RecursionError where it is nested far too deep.
    """
    try:
        value, end = _scan(text, at)
    except Refused as refusal:
        raise Refused(str(refusal), _end(text, at)) from None
    except (JSONDecodeError, StopIteration) as error:
        raise _not_json(error) from None
    # most records have fewer brackets than that, at whatever depth
    brackets = text.count("{", at, end) + text.count("[", at, end)
    if brackets > MAX_DEPTH and _depth(text, at, end) > MAX_DEPTH:
        raise Refused(TOO_DEEP, end)
    return value, end


TOO_DEEP = f"nested more than {MAX_DEPTH} levels deep"


def _end(text: str, at: int) -> int:
    try:
        return _scan_anything(text, at)[1]
    except (JSONDecodeError, StopIteration) as error:
        raise _not_json(error) from None


def _not_json(error: JSONDecodeError | StopIteration) -> NotJson:
    if isinstance(error, JSONDecodeError):
        reason = error.msg.removesuffix(" at").removesuffix(" starting")
        return NotJson(f"not valid JSON: {reason[:1].lower()}{reason[1:]}", error.pos)
    return NotJson("not valid JSON: expecting value", error.value)


def _depth(text: str, at: int, end: int) -> int:
    deepest = level = 0
    for match in _BRACKETS.finditer(text, at, end):
        token = match.group()
        if token in _CLOSING:
            level += 1
            deepest = max(deepest, level)
        elif token in ("}", "]"):
            level -= 1
    return deepest


def string_spans(text: str, stop: int) -> list[tuple[int, int]]:
    """Start and end of each string before `stop`, if the first quote opens one."""
    return [match.span() for match in _STRINGS.finditer(text, 0, stop)]


def as_written(text: str) -> dict[str, str]:
    """Each member of the valid object `text`, as the text of its value."""
    members = {}
    at = _after_blanks(text, 1)
    while text[at] != "}":
        key, at = scanstring(text, at + 1, True)
        start = _after_blanks(text, _after_blanks(text, at) + 1)
        end = _end(text, start)
        members[key] = text[start:end]
        at = _after_blanks(text, end)
        if text[at] == ",":
            at = _after_blanks(text, at + 1)
    return members


def _after_blanks(text: str, at: int) -> int:
    match = _BLANKS.match(text, at)
    assert match  # noqa: S101
    return match.end()


class Brackets:
    """Follows brackets and strings, piece by piece, and nothing else of the grammar."""

    def __init__(self) -> None:
        self.is_broken = False
        """Whether they can't be told any more."""
        self._open: list[str] = []
        self._is_in_string = False

    def follow(self, text: str, at: int, stop: int) -> tuple[int, bool]:
        """How far they could be followed, and whether that is where the first of
        them closes. What is left before `stop` is needed again."""
        while at < stop and not self.is_broken:
            if self._is_in_string:
                at = self._through_string(text, at, stop)
                if at < stop and text[at] == "\\" and at + 1 == stop:
                    break
                continue
            match = _STRUCTURE.search(text, at, stop)
            if match is None:
                return stop, False
            at = match.end()
            mark = match.group()
            if mark == '"':
                self._is_in_string = True
            elif mark in _CLOSING:
                self._open.append(_CLOSING[mark])
            elif self._open and self._open.pop() == mark:
                if not self._open:
                    return at, True
            else:
                self.is_broken = True
        return at, False

    def _through_string(self, text: str, at: int, stop: int) -> int:
        match = _STRING.match(text, at, stop)
        assert match  # noqa: S101
        at = match.end()
        if at < stop and text[at] == '"':
            self._is_in_string = False
            return at + 1
        # a line break within a string: it was never closed
        self.is_broken = at < stop and not (text[at] == "\\" and at + 1 == stop)
        return at
