"""What a system makes of the world: its files, and the truth about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from data_generators import mess
from data_generators.contacts import (
    FIRST_EMAIL,
    LANDLINE,
    MOBILE,
    SECOND_EMAIL,
    SECOND_MOBILE,
    SWITCHBOARD,
    Entries,
    Which,
    emails,
    names,
    phones,
    places,
)
from data_generators.draws import Ints, Streams
from data_generators.files import Table
from data_generators.mess import MessRates
from data_generators.population import NONE, Population
from data_generators.records import Records
from data_generators.rows import Bytes
from data_generators.sales import Sales
from data_generators.words import Words
from data_generators.world import World

ABROAD = (18, 8, 30, 26, 6, 4, 4, 2, 2)
"""How telephones are written where nobody asks for the country."""

CHANGED_A_DAY = 0.002
"""Share of the records that are typed anew on each day after `until`."""


@dataclass(frozen=True)
class RecordTruth:
    """Who the records of one entity are."""

    entity: str
    ids: Words | Bytes
    person: Ints
    delivery: Ints


@dataclass(frozen=True)
class SaleTruth:
    """What the sales of one entity were, whatever the file says."""

    entity: str
    ids: Bytes
    person: Ints
    seconds: Ints
    cents: Ints
    status: Ints
    """Index into `sales.STATUS_NAMES`."""
    campaign: Ints
    currency: Bytes | None = None
    """`usd` where there is none."""


@dataclass(frozen=True)
class Picture:
    """Everything that one system delivers."""

    tables: Sequence[Table]
    records: Sequence[RecordTruth] = ()
    sales: Sequence[SaleTruth] = ()


@dataclass(frozen=True)
class Cards:
    """Typed contact data: one entry a row, in order of time.

    A record has a row when it is entered and another one whenever it is changed.
    """

    record: Ints
    """Index into the records."""
    seconds: Ints
    """When the row was typed."""
    delivery: Ints
    text: dict[str, Words] = field(repr=False)
    """first, last, email, phone, address, city, country: those that were asked
    for."""

    def __len__(self) -> int:
        return len(self.record)


Asked = Sequence[str]
ALL: Asked = ("name", "email", "phone", "place")


def type_cards(
    world: World,
    records: Records,
    streams: Streams,
    rates: MessRates,
    asked: Asked = ALL,
    *,
    at_work: bool = False,
    styles: Sequence[float] = ABROAD,
    changing: bool = True,
) -> Cards:
    """The contact data of a system's records, as far as they are delivered.

    `at_work` is for systems that meet people in their companies: they have the
    company's e-mail and switchboard where there is one. Where nothing is
    `changing`, every record has one card.
    """
    delivery = world.delivery(records.seconds)
    parts = [
        (np.flatnonzero(delivery == 0), streams.under("base")),
    ]
    times = [records.seconds[parts[0][0]]]
    if world.days:
        later = np.flatnonzero((delivery > 0) & (delivery <= world.days))
        parts.append((later, streams.under("later")))
        times.append(records.seconds[later])
        if changing:
            changed, when = changes(world, records, streams)
            parts.append((changed, streams.under("changed")))
            times.append(when)
    typed = [
        type_rows(
            world.people,
            records,
            rows,
            draws,
            rates,
            asked,
            at_work=at_work,
            styles=styles,
        )
        for rows, draws in parts
    ]
    record = np.concatenate([rows for rows, _ in parts])
    seconds = np.concatenate(times)
    order = np.argsort(seconds, kind="stable")
    return Cards(
        record=record[order],
        seconds=seconds[order],
        delivery=world.delivery(seconds)[order],
        text={
            name: np.concatenate([text[name] for text in typed])[order]
            for name in typed[0]
        },
    )


def changes(world: World, records: Records, streams: Streams) -> tuple[Ints, Ints]:
    """Which records of the base are typed anew on the days after it, and when."""
    base = np.flatnonzero((world.delivery(records.seconds) == 0) & ~records.is_test)
    rows, times = [], []
    for day in range(world.days):
        draws = streams.under(f"changes.{day}")
        chosen = base[draws("which").chance(len(base), CHANGED_A_DAY)]
        start = world.season.end + day * 86_400
        rows.append(chosen)
        times.append(start + draws("time").below(86_400, len(chosen)))
    return np.concatenate(rows), np.concatenate(times)


def type_rows(
    people: Population,
    records: Records,
    rows: Ints,
    streams: Streams,
    rates: MessRates,
    asked: Asked,
    *,
    at_work: bool = False,
    styles: Sequence[float] = ABROAD,
) -> dict[str, Words]:
    """Contact data of some records, typed by someone who did not copy."""
    person, count = records.person[rows], len(rows)
    entries = Entries(
        people=people,
        person=person,
        again=np.ones(count, dtype=bool),
        early=streams("early").chance(count, 0.35),
        streams=streams,
        rates=rates,
    )
    which = _which(people, person, streams, rates, at_work)
    text: dict[str, Words] = {}
    if "name" in asked:
        text["first"], text["last"] = names(entries)
    if "email" in asked:
        text["email"], _, _ = emails(entries, which)
    if "phone" in asked:
        text["phone"] = phones(entries, which, styles)
    if "place" in asked:
        text |= places(entries)
    test_accounts(text, np.flatnonzero(records.is_test[rows]), streams)
    return text


def _which(
    people: Population, person: Ints, streams: Streams, rates: MessRates, at_work: bool
) -> Which:
    count = len(person)
    employed = people.company[person] != NONE
    has_second = (people.second_email != "")[person]
    other = np.where(employed, 0.8 if at_work else 0.1, rates.reentry_other_email / 2)
    email = np.where(
        has_second & streams("which.email").chance(count, other),
        SECOND_EMAIL,
        FIRST_EMAIL,
    )
    drawn = streams("which.phone").uniform(count)
    phone = np.full(count, MOBILE)
    other = rates.reentry_other_phone
    for kind, numbers, share in (
        (SECOND_MOBILE, people.second_mobile, other),
        (LANDLINE, people.landline, other / 2),
        (SWITCHBOARD, people.switchboard, 0.6 if at_work else 0.05),
    ):
        phone[(numbers != NONE)[person] & (drawn < share)] = kind
    nothing = np.zeros(count, dtype=bool)
    return Which(email, phone, nothing, nothing)


def test_accounts(
    text: dict[str, Words],
    rows: Ints,
    streams: Streams,
    columns: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Make test accounts of these rows; `columns` renames what `text` calls so."""
    draws = streams("test.kind").uniform(len(rows))
    for nth, (row, draw) in enumerate(zip(rows.tolist(), draws.tolist(), strict=True)):
        account = {
            "first": mess.one_of(("Test", "QA", "Demo", "asdf"), draw),
            "last": f"User{nth + 1}",
            "email": mess.one_of(
                (f"test{nth + 1}@test.com", "test@test.com"), draw * 4 % 1
            ),
            "phone": mess.one_of(mess.PLACEHOLDER_PHONES, draw * 16 % 1),
            "address": "1 Test Street",
        }
        for name, value in account.items():
            if (column := columns.get(name, name)) in text:
                text[column][row] = value


def full_names(cards: Cards, streams: Streams, reversed_share: float = 0.03) -> Words:
    """First and last name in one column; some the other way round with a comma."""
    first, last = cards.text["first"], cards.text["last"]
    whole = first + " " + last
    rows = np.flatnonzero(
        streams("full_name.reversed").chance(len(cards), reversed_share)
        & (first != "")
        & (last != "")
    )
    whole[rows] = last[rows] + ", " + first[rows]
    # one of the two may be missing; stray blanks are the mess's business
    lone = np.flatnonzero((first == "") | (last == ""))
    whole[lone] = first[lone] + last[lone]
    return whole


def lines(cards: Cards) -> Words:
    """Address, city and country in one line."""
    text = cards.text["address"].copy()
    for name in ("city", "country"):
        part = cards.text[name]
        gap = np.where((text != "") & (part != ""), ", ", "").astype(object)
        text = text + gap + part
    return text


def table_of_cards(
    file: str, cards: Cards, columns: dict[str, Words], kind: str = "csv"
) -> Table:
    """A table with one row a card."""
    values = list(columns.values())
    return Table(
        file,
        tuple(columns),
        cards.delivery,
        lambda rows: [column[rows] for column in values],
        kind,  # type: ignore[arg-type]
    )


def record_truth(
    entity: str, ids: Words, world: World, records: Records
) -> RecordTruth:
    """The truth about all records of an entity, by their order in `records`."""
    return RecordTruth(entity, ids, records.person, world.delivery(records.seconds))


def sale_truth(entity: str, ids: Bytes, sales: Sales) -> SaleTruth:
    """The truth about sales, in their order."""
    return SaleTruth(
        entity,
        ids,
        sales.person,
        sales.seconds,
        sales.cents,
        sales.status,
        sales.campaign,
    )
