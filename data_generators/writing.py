"""How dates, telephone numbers and amounts are written, many ways each.

Everything works on whole columns; the only random thing is which style a value
gets, and that is drawn by the caller.
"""

from __future__ import annotations

import re
from functools import cache

import numpy as np
from numpy.typing import NDArray

from data_generators.countries import COUNTRIES, PLANS
from data_generators.draws import Ints, Stream
from data_generators.words import Words

DATE_STYLES = (("iso", 35), ("iso_time", 25), ("day_first", 25), ("month_name", 15))
"""2024-03-05 · 2024-03-05 14:02:11 · 05/03/2024 (the day first) · Mar 5, 2024."""

PHONE_STYLES = (
    ("national", 34),
    ("compact", 20),
    ("international", 15),
    ("e164", 9),
    ("dial_abroad", 7),
    ("dots", 5),
    ("dashes", 4),
    ("brackets", 3),
    ("both_codes", 3),
)
"""For a London number: 020 7123 4567 · 02071234567 · +44 20 7123 4567 ·
+442071234567 · 0044 20 7123 4567 · 020.7123.4567 · 020-7123-4567 ·
(020) 7123 4567 · +44 (0)20 7123 4567."""

AMOUNT_STYLES = ("plain", "cut_zeros", "dollar", "usd_before", "usd_after", "padded")
"""1234.50 · 1234.5 · $1,234.50 · USD 1,234.50 · 1234.50 USD · two blanks around."""

_HALF_YEARS = (
    ("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    ("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
_MONTHS = np.array(_HALF_YEARS, dtype=object).ravel()
_IMPOSSIBLE_DATES = (
    "{}-02-30",
    "31/04/{}",
    "{}-13-05",
    "Feb 30, {}",
    "00/00/{}",
    "0000-00-00",
)


@cache
def _padded_numbers(digits: int) -> Words:
    return np.array([f"{n:0{digits}d}" for n in range(10**digits)], dtype=object)


@cache
def _plain_numbers(limit: int) -> Words:
    return np.array([str(n) for n in range(limit)], dtype=object)


def write_dates(seconds: NDArray[np.int64], style: Ints, fault: Ints) -> Words:
    """Dates in the style (index into `DATE_STYLES`) of each entry.

    `fault` says what is wrong with it: 0 nothing, 1 it is missing, 2 and more it
    is one of the impossible ones.
    """
    day = seconds.astype("datetime64[s]").astype("datetime64[D]")
    month_start = day.astype("datetime64[M]")
    day_of_month = (day - month_start.astype("datetime64[D]")).astype(np.int64) + 1
    month = month_start.astype(np.int64) % 12
    year = month_start.astype(np.int64) // 12 + 1970
    two, four = _padded_numbers(2), _padded_numbers(4)

    written = np.empty(len(seconds), dtype=object)
    for index, (name, _) in enumerate(DATE_STYLES):
        rows = np.flatnonzero(style == index)
        y, m, d = four[year[rows]], two[month[rows] + 1], two[day_of_month[rows]]
        if name == "day_first":
            written[rows] = d + "/" + m + "/" + y
        elif name == "month_name":
            plain_day = _plain_numbers(32)[day_of_month[rows]]
            written[rows] = _MONTHS[month[rows]] + " " + plain_day + ", " + y
        else:
            written[rows] = y + "-" + m + "-" + d
            if name == "iso_time":
                clock = seconds[rows] % 86_400
                written[rows] += " " + two[clock // 3600]
                written[rows] += ":" + two[clock // 60 % 60]
                written[rows] += ":" + two[clock % 60]
    for row in np.flatnonzero(fault).tolist():
        wrong = _IMPOSSIBLE_DATES[fault[row] - 2] if fault[row] > 1 else ""
        written[row] = wrong.format(year[row])
    return written


def date_faults(
    count: int, missing: float, impossible: float, stream: Stream
) -> NDArray[np.int8]:
    """Faults for `write_dates`, at these rates."""
    draw = stream.uniform(count)
    fault = (draw < missing).astype(np.int8)
    rows = np.flatnonzero(draw >= 1 - impossible)
    kind = (1 - draw[rows]) / impossible * len(_IMPOSSIBLE_DATES)
    fault[rows] = 2 + np.minimum(kind.astype(np.int8), len(_IMPOSSIBLE_DATES) - 1)
    return fault


def write_phones(plan: Ints, number: Ints, style: Ints) -> Words:
    """Telephone numbers in the style (index into `PHONE_STYLES`) of each entry.

    `plan` are indices into `PLANS`, `number` national significant numbers.
    """
    written = np.empty(len(plan), dtype=object)
    kinds = plan * len(PHONE_STYLES) + style
    for kind in np.unique(kinds).tolist():
        rows = np.flatnonzero(kinds == kind)
        of_plan, of_style = divmod(kind, len(PHONE_STYLES))
        template = _phone_template(of_plan, PHONE_STYLES[of_style][0])
        written[rows] = _fill_in(template, number[rows], PLANS[of_plan].digits)
    return written


def _phone_template(index: int, style: str) -> str:
    plan, country = PLANS[index], COUNTRIES[index // 2]
    first, *others = ["#" * size for size in plan.groups]
    spaced = " ".join([first, *others])
    if style == "national":
        return plan.national
    if style == "compact":
        return plan.trunk + "#" * plan.digits
    if style == "e164":
        return f"+{plan.calling_code}" + "#" * plan.digits
    if style == "dots":
        return plan.trunk + ".".join([first, *others])
    if style == "dashes":
        return plan.trunk + "-".join([first, *others])
    if style == "brackets":
        return f"({plan.trunk}{first}) {' '.join(others)}"
    if style == "both_codes" and plan.trunk:
        return f"+{plan.calling_code} ({plan.trunk}){spaced}"
    if style == "dial_abroad" and country.zeros_dial_abroad:
        return f"00{plan.calling_code} {spaced}"
    if style == "dial_abroad" and plan.calling_code == "1":
        return "-".join(["1", first, *others])
    return f"+{plan.calling_code} {spaced}"


def _fill_in(template: str, numbers: Ints, digits: int) -> Words:
    """`template` with each `#` replaced by the next of so many digits."""
    written = np.full(len(numbers), "", dtype=object)
    left = digits
    # tables of more than four digits would cost more than another step
    for part in re.findall(r"#{1,4}|[^#]+", template):
        if part[0] == "#":
            left -= len(part)
            values = numbers // 10**left % 10 ** len(part)
            written += _padded_numbers(len(part))[values]
        else:
            written += part
    return written


def write_amounts(cents: Ints, style: Ints) -> Words:
    """Amounts in the style (index into `AMOUNT_STYLES`) of each entry.

    A negative amount has a minus sign, or brackets where its style is a
    currency sign.
    """
    size = np.abs(cents)
    two = _padded_numbers(2)
    written = np.empty(len(cents), dtype=object)
    for index, name in enumerate(AMOUNT_STYLES):
        rows = np.flatnonzero(style == index)
        whole = size[rows] // 100
        comma = name in ("dollar", "usd_before")
        text = np.array([f"{n:,}" if comma else str(n) for n in whole.tolist()], object)
        text = text + "." + two[size[rows] % 100]
        if name == "cut_zeros":
            text = np.array([t.rstrip("0").rstrip(".") for t in text], dtype=object)
        negative = np.flatnonzero(cents[rows] < 0)
        if name == "dollar":
            text = "$" + text
            text[negative] = "(" + text[negative] + ")"
        else:
            text[negative] = "-" + text[negative]
        if name == "usd_before":
            text = "USD " + text
        elif name == "usd_after":
            text = text + " USD"
        elif name == "padded":
            text = "  " + text + " "
        written[rows] = text
    return written
