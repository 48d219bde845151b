"""What each column of a sample means: told from its header and from its values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from customer360.errors import UserError
from customer360.ingest.declarations import normalised
from customer360.sources.meanings import (
    CUSTOMERS,
    DATES,
    IGNORED,
    NUMBERS,
    OF_KIND,
    OTHER,
    SALES,
    TYPES,
    Export,
    vocabulary,
)
from customer360.sources.names import column_name
from customer360.sources.sample import Sample
from customer360.sources.values import MOST, Profile, is_currency, profile

SURE, LIKELY, CHOSEN = "sure", "likely", "chosen"
_NEARLY_ALL = 0.95
_NOT_COUNTED = ("customer_id", "order_id", "product", "postcode", "phone")
_NAMING = ("_id", "_ids", "_no", "_nr", "_number", "_code", "_zip", "_phone", "_key")
_FIRST = -1


@dataclass(frozen=True)
class Column:
    """A column of the file, and what is made of it."""

    header: str
    name: str
    """In the raw table; empty for a column that is not declared."""
    meaning: str | None
    type: str
    """What it is kept as if it has no meaning."""
    certainty: str
    profile: Profile

    @property
    def says(self) -> str:
        """Its meaning, or else its type."""
        return self.meaning or self.type


def recognise(
    sample: Sample,
    export: Export | None,
    kind: str | None,
    mapping: Mapping[str, str],
) -> tuple[str, list[Column]]:
    """The kind of the file, and its columns; `kind` and what `mapping` says of some
    columns is not asked about. UserError if those say what can't be."""
    columns = _columns(sample)
    asked = _asked(columns, mapping)
    by_header = _by_header(columns, export)
    kind = kind or (export.kind if export else _kind(columns, by_header, asked))
    return kind, _assigned(columns, by_header, asked, kind)


def _columns(sample: Sample) -> list[Column]:
    """The file's columns without their meanings. One without a name, or with one
    that an earlier column has, stays undeclared."""
    taken: set[str] = set()
    headers: set[str] = set()
    columns = []
    for place, header in enumerate(sample.headers):
        found = profile(sample.column(place))
        name = ""
        if normalised(header) and normalised(header) not in headers:
            name = column_name(header, taken)
            taken.add(name)
        headers.add(normalised(header))
        columns.append(Column(header, name, None, _type(header, found), LIKELY, found))
    return columns


def _type(header: str, found: Profile) -> str:
    if not found.filled:
        return "text"
    if found.date >= MOST:
        return "date"
    if found.yes_no >= _NEARLY_ALL:
        return "yes_no"
    meaning, _ = vocabulary().meanings.get(normalised(header), ("", 0))
    is_name = (
        meaning in _NOT_COUNTED
        or normalised(header) in vocabulary().own_ids
        or column_name(header, ()).endswith(_NAMING)
    )
    if found.number >= _NEARLY_ALL and not is_name:
        return "number"
    return "text"


def _asked(columns: list[Column], mapping: Mapping[str, str]) -> dict[str, str]:
    """What the person says, by the column's normalised header."""
    meanings = sorted({meaning for all_of in OF_KIND.values() for meaning in all_of})
    known = {normalised(column.header): column for column in columns if column.name}
    asked = {}
    for header, meaning in mapping.items():
        if normalised(header) not in known:
            raise UserError(
                f"--map {header}={meaning}: the file has no column {header}. Its "
                f"columns are {', '.join(c.header for c in columns[:20])}."
            )
        if meaning not in (*meanings, *TYPES, IGNORED):
            raise UserError(
                f"--map {header}={meaning}: a column means one of "
                f"{', '.join(meanings)}, or is kept as {', '.join(TYPES)} or "
                f"left out by {IGNORED}."
            )
        asked[normalised(header)] = meaning
    given = [meaning for meaning in asked.values() if meaning in meanings]
    if twice := sorted({meaning for meaning in given if given.count(meaning) > 1}):
        raise UserError(f"--map says {twice[0]} of two columns: only one can be it.")
    return asked


def _by_header(
    columns: list[Column], export: Export | None
) -> dict[str, tuple[str, int]]:
    """Meaning and rank by normalised header; `own_id` is the row's own id."""
    found = {}
    words = vocabulary()
    for column in columns:
        header = normalised(column.header)
        if export and header in export.meanings:
            if meaning := export.meanings[header]:
                found[header] = (meaning, _FIRST)
        elif header in words.own_ids:
            found[header] = ("own_id", _FIRST)
        elif header in words.meanings:
            found[header] = words.meanings[header]
    return found


def _kind(
    columns: list[Column],
    by_header: Mapping[str, tuple[str, int]],
    asked: Mapping[str, str],
) -> str:
    has = {meaning for meaning, _ in by_header.values()} | set(asked.values())
    has |= {"email" for column in columns if column.profile.email >= MOST}
    is_priced = "amount" in has or {"unit_price", "quantity"} <= has
    if is_priced and has & {"order_id", "ordered_at", "status"}:
        return SALES
    if has & {"email", "phone", "family_name"} or has >= {"customer_id", "full_name"}:
        return OTHER if _are_events(columns, by_header, asked) else CUSTOMERS
    return OTHER


def _are_events(
    columns: list[Column],
    by_header: Mapping[str, tuple[str, int]],
    asked: Mapping[str, str],
) -> bool:
    """Whether rows are what people did, rather than people: the same ones come
    again and again."""
    distinct = []
    for column in columns:
        header, found = normalised(column.header), column.profile
        meaning = asked.get(header) or by_header.get(header, ("", 0))[0]
        is_address = meaning == "email" or found.email >= MOST
        if found.filled and (meaning == "customer_id" or is_address):
            distinct.append(found.distinct / found.filled)
    return bool(distinct) and max(distinct) < MOST


def _assigned(
    columns: list[Column],
    by_header: Mapping[str, tuple[str, int]],
    asked: Mapping[str, str],
    kind: str,
) -> list[Column]:
    own_id = {CUSTOMERS: "customer_id", SALES: "order_id"}.get(kind)
    best: dict[str, tuple[int, int, str]] = {}
    for meaning in asked.values():
        best[meaning] = (_FIRST - 1, 0, CHOSEN)
    for place, column in enumerate(columns):
        header = normalised(column.header)
        if not column.name or header in asked:
            continue
        meaning, rank = by_header.get(header, (None, 0))
        if meaning == "own_id":
            meaning = own_id
        certainty = _certainty(column, meaning) if meaning in OF_KIND[kind] else None
        if certainty:
            best[meaning] = min(
                best.get(meaning, (1000, 0, "")), (rank, place, certainty)
            )
    free = [
        (place, column)
        for place, column in enumerate(columns)
        if column.name
        and normalised(column.header) not in asked
        and place not in {taken for _, taken, said in best.values() if said != CHOSEN}
    ]
    for meaning, place in _by_values(free, by_header, kind).items():
        best.setdefault(meaning, (0, place, LIKELY))
    chosen = {
        place: (meaning, certainty)
        for meaning, (_, place, certainty) in best.items()
        if certainty != CHOSEN
    }
    return [
        _settled(column, asked.get(normalised(column.header)), chosen.get(place), kind)
        for place, column in enumerate(columns)
    ]


def _settled(
    column: Column, asked: str | None, found: tuple[str, str] | None, kind: str
) -> Column:
    if not column.name:
        return column
    if asked == IGNORED:
        return replace(column, name="", certainty=CHOSEN)
    if asked in TYPES:
        return replace(column, type=asked, certainty=CHOSEN)
    if asked:
        if asked not in OF_KIND[kind]:
            raise UserError(
                f"--map {column.header}={asked}: a file of {kind} has no {asked}; it "
                f"may have {', '.join(OF_KIND[kind])}. Say --kind if it is another."
            )
        return replace(column, meaning=asked, certainty=CHOSEN)
    if found:
        return replace(column, meaning=found[0], certainty=found[1])
    return column


def _certainty(column: Column, meaning: str) -> str | None:
    """How sure a header's meaning is by the values; None if they speak against it."""
    found = column.profile
    if not found.filled:
        return LIKELY
    share = 1.0
    if meaning == "email":
        share = found.email
    elif meaning == "phone":
        share = max(found.phone, found.number if found.shape.isdigit() else 0.0)
    elif meaning in DATES:
        share = 1.0 if found.epoch else found.date
    elif meaning in NUMBERS:
        share = found.number
    elif meaning == "currency":
        share = float(is_currency(found.words) or not found.words)
    elif meaning in ("customer_id", "order_id"):
        share = float(found.date < MOST and found.email < MOST)
    elif meaning in ("given_name", "family_name", "full_name", "city"):
        share = 1 - max(found.number, found.date, found.email)
    if share < 0.5:
        return None
    return SURE if share >= MOST else LIKELY


def _by_values(
    free: Sequence[tuple[int, Column]],
    by_header: Mapping[str, tuple[str, int]],
    kind: str,
) -> dict[str, int]:
    """Meanings that the values of columns tell whose headers tell none."""
    found: dict[str, int] = {}
    dates = [place for place, column in free if column.type == "date"]
    if kind == SALES and len(dates) == 1:
        found["ordered_at"] = dates[0]
    for place, column in free:
        if normalised(column.header) in by_header or kind == OTHER:
            continue
        if column.profile.email >= MOST:
            found.setdefault("email", place)
        # whole numbers without a sign may be anything
        elif column.profile.phone >= MOST and not column.profile.shape.isdigit():
            found.setdefault("phone", place)
    return found
