"""Values that MongoDB's exports wrap into an object, to keep their type: plain again.

An object whose only member has one of MongoDB's names, beginning with a dollar sign,
and just the content that this name stands for, can mean nothing else: MongoDB's own
documents keep such names for that. Anything less certain stays the JSON that it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

_INTEGER = re.compile(r"-?[0-9]{1,19}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _text(pattern: str) -> Callable[[Any], str | None]:
    """Takes text of this form as it is."""
    form = re.compile(pattern)

    def take(value: Any) -> str | None:
        return value if isinstance(value, str) and form.fullmatch(value) else None

    return take


def _date(value: Any) -> str | None:
    """An instant as MongoDB's relaxed form writes it, also where it came as
    milliseconds since 1970."""
    if isinstance(value, dict) and list(value) == ["$numberLong"]:
        value = value["$numberLong"]
    if not isinstance(value, str):
        return None
    if not _INTEGER.fullmatch(value):
        return _iso(value)
    try:
        instant = _EPOCH + timedelta(milliseconds=int(value))
    except OverflowError:
        return None
    precision = "milliseconds" if instant.microsecond else "seconds"
    return instant.replace(tzinfo=None).isoformat(timespec=precision) + "Z"


_iso = _text(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,}(Z|[+-][0-9]{2}:?[0-9]{2})")
_integer = _text(_INTEGER.pattern)
_number = _text(r"-?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|NaN|-?Infinity")

_WRAPPERS: dict[str, Callable[[Any], str | None]] = {
    "$oid": _text(r"[0-9a-fA-F]{24}"),
    "$date": _date,
    "$numberInt": _integer,
    "$numberLong": _integer,
    "$numberDouble": _number,
    "$numberDecimal": _number,
    "$uuid": _text(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
}


def plain(value: Any) -> Any:
    """The text that MongoDB wrapped; any other value as it is."""
    if type(value) is not dict or len(value) != 1:
        return value
    [(name, content)] = value.items()
    unwrap = _WRAPPERS.get(name)
    text = unwrap(content) if unwrap else None
    return value if text is None else text
