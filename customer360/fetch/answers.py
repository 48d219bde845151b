"""Whether the answers of an API hold records, or tell that something is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from customer360.errors import UserError

_ERRORS = frozenset(
    ("error", "errors", "errorcode", "errormessage", "exception", "fault", "faults")
)
_FAILED = frozenset(("error", "fail", "failed", "failure"))
_KINDS = frozenset(("code", "error", "errorcode", "reason", "status", "type"))
# a word of a program, not of a person: rate_limited, InvalidQuery, 1042
_WORD = re.compile(r"[A-Za-z]+([_.-][A-Za-z]+)*|\d{1,5}")
_LONGEST_WORD = 40
_SELECTOR = "data_selector"


class Answers:
    """The pages of one fetch, looked at as they come.

    An API may leave out an empty list. So a fetch in which `data_selector` finds
    nothing at all is wrong unless the same selector, which stands in `state` then,
    has found something before.
    """

    def __init__(self, where: str, selector: str | None, state: dict[str, Any]) -> None:
        self._where = where
        self._selector = selector
        self._state = state
        self._members: list[str] = []
        self._is_found = selector is None or state.get(_SELECTOR) == selector

    def read(self, body: Any) -> None:
        """Look at a page; UserError if it is none but tells of an error."""
        has_records = self._has_records(body)
        if has_records and self._selector:
            self._is_found = True
            self._state[_SELECTOR] = self._selector
        if has_records or not isinstance(body, Mapping):
            return
        self._members = list(body)
        if any(map(_is_error, body.items())):
            kinds = ", ".join(dict.fromkeys(_kinds(body)))
            of_kind = f" ({kinds})" if kinds else ""
            raise UserError(f"{self._where}: the API answers with an error{of_kind}.")

    def check(self) -> None:
        """UserError if no page had what `data_selector` names."""
        if self._is_found:
            return
        there = [name for name in self._members if _is_word(name)]
        has = f"; at the top it has {', '.join(there[:10])}" if there else ""
        raise UserError(
            f"{self._where}: data_selector {self._selector} is not in the answer{has}."
        )

    def _has_records(self, body: Any) -> bool:
        from dlt.common.jsonpath import find_values

        if self._selector is None:
            return not isinstance(body, Mapping) or any(
                isinstance(value, list) and name.casefold() not in _ERRORS
                for name, value in body.items()
            )
        # of "records[*]" nothing is found in an empty list
        path = self._selector.partition("[*]")[0] or "$"
        return bool(find_values(path, body))


def _is_error(member: tuple[str, Any]) -> bool:
    name, value = member[0].casefold().replace("_", ""), member[1]
    if name in _ERRORS:
        return bool(value)
    if name in ("ok", "success"):
        return value is False
    return name == "status" and str(value).casefold() in _FAILED


def _kinds(body: Any, depth: int = 0) -> Iterator[str]:
    """The words by which an error says of what kind it is. Its sentences are left
    out: they may quote a record, or what was given to log in with."""
    if depth > 2:
        return
    if isinstance(body, list):
        for inner in body[:3]:
            yield from _kinds(inner, depth + 1)
    elif isinstance(body, Mapping):
        for name, value in body.items():
            if isinstance(value, Mapping | list):
                yield from _kinds(value, depth + 1)
            elif name.casefold().replace("_", "") in _KINDS and _is_word(str(value)):
                yield str(value)


def _is_word(text: str) -> bool:
    return len(text) <= _LONGEST_WORD and bool(_WORD.fullmatch(text))
