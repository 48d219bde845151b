"""What the values of a sample say of a column, without keeping any of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

MOST = 0.8
"""Share of the values that must look like something for the column to be it."""

_EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s.,;]{2,}")
_PHONE = re.compile(r"[+(]?[\d()][\d\s().\-/]{5,}\d(\s*(ext?\.?|x|#)\s*\d{1,6})?")
_NUMBER = re.compile(
    r"[+-]?\d+([.,]\d+)?|[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?"
    r"|[+-]?[1-9]\d{0,2}(\.\d{3})+(,\d+)?"
)
_FRACTION = re.compile(r"[+-]?\d+[.,](\d+)")
_LEADING_ZERO = re.compile(r"[+-]?0\d")
_SIGNS = {"€": "EUR", "£": "GBP", "$": "USD", "¥": "JPY", "₹": "INR"}
_MONEY = re.compile(rf"([{''.join(_SIGNS)}])\s?[\d.,]+|[\d.,]+\s?([{''.join(_SIGNS)}])")
_CURRENCY = re.compile(r"[A-Za-z]{3}")
_CLOCK = (
    r"([ T]+\d{1,2}:\d{2}(:\d{2})?([.]\d+)?( ?([AP]M|UTC|[+-]\d{2}(:?\d{2})?))?)?Z?"
)
_YEAR_FIRST = re.compile(rf"\d{{4}}([-/.]\d{{1,2}}){{2}}{_CLOCK}", re.IGNORECASE)
_YEAR_LAST = re.compile(
    rf"(\d{{1,2}})[-/.](\d{{1,2}})[-/.]\d{{4}}{_CLOCK}", re.IGNORECASE
)
_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_WITH_NAME = re.compile(
    rf"({_MONTH}\.? +\d{{1,2}}(st|nd|rd|th)?,? +"
    rf"|\d{{1,2}}(st|nd|rd|th)?[. -]+{_MONTH}[. ,-]+)\d{{4}}{_CLOCK}",
    re.IGNORECASE,
)
_GUARDED = re.compile(r"'[\d+=@-]")
_YES_NO = frozenset({"true", "false", "yes", "no", "y", "n", "t", "f"})
_LONGEST_SHAPE = 24
_MOST_WORDS, _LONGEST_WORD = 20, 30
# seconds and milliseconds of this century
_EPOCHS = {"second": (10**9, 2 * 10**9), "millisecond": (10**12, 2 * 10**12)}


@dataclass(frozen=True)
class Profile:
    """A column's values, counted. Shares are of the values that are filled."""

    rows: int
    filled: int
    distinct: int
    email: float
    phone: float
    date: float
    number: float
    yes_no: float
    decimals: int
    """Most digits that stand behind a point or comma."""
    shape: str
    """The commonest picture of a value: letters a and A, digits 9."""
    day_first: bool | None
    """Order of day and month; None: the values do not tell."""
    is_ambiguous: bool
    """Whether it has dates in which either may be the day."""
    is_mixed: bool
    """Whether some dates begin with the day, and others with the month."""
    is_iso: bool
    """Whether its dates begin with the year, so that they sort as text."""
    epoch: str | None
    """`second` or `millisecond`: numbers that may count them since 1970."""
    sign: str | None
    """Currency of the sign that amounts carry, where it is one and the same."""
    is_guarded: bool
    """Whether values begin with the apostrophe that keeps spreadsheets off them."""
    is_list: bool
    """Whether a value may hold several ids with semicolons between them."""
    is_spaced: bool
    """Whether the parts of a value stand two blanks apart."""
    words: tuple[str, ...]
    """The few values of a column that has no more than a few, such as statuses."""

    @property
    def undated(self) -> int:
        """Rows without a date that can be read."""
        return self.rows - round(self.filled * (1 if self.epoch else self.date))

    @property
    def fill(self) -> float:
        """Share of the rows that have a value."""
        return self.filled / self.rows if self.rows else 0.0


def profile(values: Sequence[str | None]) -> Profile:
    """Count what a column's values look like."""
    filled = [value.strip() for value in values if value and value.strip()]
    guarded = [value for value in filled if value.startswith("'")]
    is_guarded = len(guarded) > len(filled) / 2 or any(map(_GUARDED.match, filled))
    bare = [value.removeprefix("'") if is_guarded else value for value in filled]
    orders = [match for value in bare if (match := _YEAR_LAST.fullmatch(value))]
    days = [(int(match[1]), int(match[2])) for match in orders]
    day_first = any(first > 12 for first, _ in days)
    month_first = any(second > 12 for _, second in days)
    signs = {_SIGNS[m[1] or m[2]] for value in bare if (m := _MONEY.fullmatch(value))}
    unsigned = [value.strip("".join(_SIGNS)).strip() for value in bare]
    iso = sum(bool(_YEAR_FIRST.fullmatch(value)) for value in bare)
    return Profile(
        rows=len(values),
        filled=len(filled),
        distinct=len(set(filled)),
        email=_share(bare, lambda value: _EMAIL.fullmatch(value)),
        phone=_share(bare, _is_phone),
        date=_share(bare, _is_date),
        number=_share(
            unsigned, lambda v: _NUMBER.fullmatch(v) and not _LEADING_ZERO.match(v)
        ),
        yes_no=_share(bare, lambda value: value.casefold() in _YES_NO),
        decimals=max(map(_decimals, unsigned), default=0),
        shape=_shape(bare),
        day_first=day_first if day_first != month_first else None,
        is_ambiguous=any(f <= 12 and s <= 12 and f != s for f, s in days),
        is_mixed=day_first and month_first,
        is_iso=bool(filled) and iso == len(filled),
        epoch=_epoch(bare),
        sign=signs.pop() if len(signs) == 1 else None,
        is_guarded=is_guarded,
        is_list=any(re.fullmatch(r"\w+(;\w+)+", value) for value in bare),
        is_spaced=_share(bare, lambda v: re.search(r"\S {2,}\S", v)) >= MOST
        and not any("," in value for value in bare),
        words=_words(bare),
    )


def is_currency(words: Sequence[str]) -> bool:
    """Whether a column's few values are codes of currencies."""
    return bool(words) and all(_CURRENCY.fullmatch(word) for word in words)


def is_data(value: str) -> bool:
    """Whether something that should be a header is a value."""
    value = value.strip()
    return bool(_EMAIL.fullmatch(value)) or (_is_date(value) and not value.isdigit())


def _share(values: Sequence[str], test) -> float:
    return sum(bool(test(value)) for value in values) / len(values) if values else 0.0


def _is_phone(value: str) -> bool:
    digits = sum(letter.isdigit() for letter in value)
    return (
        7 <= digits <= 15
        and bool(_PHONE.fullmatch(value))
        and not _is_date(value)
        and not re.fullmatch(r"\d+\.\d{1,4}", value)
    )


def _is_date(value: str) -> bool:
    if _YEAR_FIRST.fullmatch(value) or _WITH_NAME.fullmatch(value):
        return True
    if match := _YEAR_LAST.fullmatch(value):
        first, second = int(match[1]), int(match[2])
        return 1 <= min(first, second) <= 12 and max(first, second) <= 31
    if re.fullmatch(r"(19|20)\d{6}", value):
        try:
            datetime.strptime(value, "%Y%m%d").replace(tzinfo=UTC)
        except ValueError:
            return False
        return True
    return False


def _decimals(value: str) -> int:
    match = _FRACTION.fullmatch(value)
    return len(match[1]) if match else 0


def _epoch(values: Sequence[str]) -> str | None:
    numbers = [int(value) for value in values if re.fullmatch(r"\d{1,17}", value)]
    if not numbers or len(numbers) < len(values):
        return None
    for unit, (first, last) in _EPOCHS.items():
        if all(first <= number <= last for number in numbers):
            return unit
    return None


def _shape(values: Sequence[str]) -> str:
    """Nothing of a value shows in it but where letters, digits and signs stand."""

    def picture(value: str) -> str:
        letters = [
            "9" if c.isdigit() else "A" if c.isupper() else "a" if c.isalpha() else c
            for c in value[: 4 * _LONGEST_SHAPE]
            if c.isprintable()
        ]
        return re.sub(r"([Aa])\1{2,}", r"\1\1", "".join(letters))

    if not values:
        return ""
    commonest, _ = max(
        Counter(map(picture, values)).items(), key=lambda item: (item[1], item[0])
    )
    if len(commonest) > _LONGEST_SHAPE:
        return commonest[: _LONGEST_SHAPE - 1] + "…"
    return commonest


def _words(values: Sequence[str]) -> tuple[str, ...]:
    """The distinct values, if they are few and repeat, as the words of a list do."""
    counted = Counter(values)
    if not values or len(counted) > _MOST_WORDS or len(counted) == len(values):
        return ()
    if any(
        len(word) > _LONGEST_WORD or re.search(r"[@\d]", word) or not word.isprintable()
        for word in counted
    ):
        return ()
    return tuple(sorted(counted))
