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
from data_generators.draws import Bools, Ints, Streams
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

CHANGED = "changed"


@dataclass(frozen=True)
class RecordTruth:
    """Who the records of one entity are."""

    entity: str
    ids: Bytes
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
    truths: Sequence[Table] = ()
    """Truth files of this system's own."""


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
    streams: Streams
    """For what else is drawn for each card."""

    def __len__(self) -> int:
        return len(self.record)


Asked = Sequence[str]
ALL: Asked = ("name", "email", "phone", "place")


def type_cards(
    world: World,
    system: str,
    records: Records,
    asked: Asked = ALL,
    *,
    entity: str = "",
    at_work: bool = False,
    changing: bool = True,
) -> Cards:
    """The contact data of a system's records, as far as they are delivered.

    `at_work` is for systems that meet people in their companies: they have the
    company's e-mail and switchboard where there is one. Where nothing is
    `changing`, every record has one card.
    """
    streams = world.streams.under(f"{system}{entity}.cards")
    delivery = world.delivery(records.seconds)
    base = np.flatnonzero(delivery == 0)
    parts = [(base, records.seconds[base], "base")]
    if world.days:
        later = np.flatnonzero((delivery > 0) & (delivery <= world.days))
        # in order of time: what is typed on one day must not depend on the next
        later = later[np.argsort(records.seconds[later], kind="stable")]
        parts.append((later, records.seconds[later], "later"))
        if changing:
            parts.append((*changes(world, records, streams), CHANGED))
    typed = [
        type_rows(
            world,
            system,
            records,
            rows,
            streams.under(name),
            asked,
            at_work=at_work,
            is_change=name == CHANGED,
        )
        for rows, _, name in parts
    ]
    record = np.concatenate([rows for rows, _, _ in parts])
    seconds = np.concatenate([times for _, times, _ in parts])
    order = np.argsort(seconds, kind="stable")
    return Cards(
        record=record[order],
        seconds=seconds[order],
        delivery=world.delivery(seconds)[order],
        text={
            name: np.concatenate([text[name] for text in typed])[order]
            for name in typed[0]
        },
        streams=streams,
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
    world: World,
    system: str,
    records: Records,
    rows: Ints,
    streams: Streams,
    asked: Asked,
    *,
    at_work: bool = False,
    is_change: bool = False,
    styles: Sequence[float] = ABROAD,
) -> dict[str, Words]:
    """Contact data of some records, typed by someone who did not copy.

    A change shows the name and the address of today; other rows may show those of
    before a wedding or a move.
    """
    people, rates = world.people, world.rates.of(system)
    person, count = records.person[rows], len(rows)
    early = streams("early").chance(count, 0.0 if is_change else 0.35)
    entries = Entries(people, person, np.ones(count, dtype=bool), early, streams, rates)
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
    """Mostly the first e-mail and the mobile; more at work where they are there."""
    count = len(person)
    employed = people.company[person] != NONE
    has_second = (people.second_email != "")[person]
    at_company = 0.8 if at_work else 0.1
    other = np.where(employed, at_company, rates.reentry_other_email / 2)
    email = np.where(
        has_second & streams("which.email").chance(count, other),
        SECOND_EMAIL,
        FIRST_EMAIL,
    )
    drawn = streams("which.phone").uniform(count)
    phone = np.full(count, MOBILE)
    for kind, numbers, share in (
        (SECOND_MOBILE, people.second_mobile, rates.reentry_other_phone),
        (LANDLINE, people.landline, rates.reentry_other_phone / 2),
        (SWITCHBOARD, people.switchboard, 0.6 if at_work else 0.05),
    ):
        phone[(numbers != NONE)[person] & (drawn < share)] = kind
    nothing = np.zeros(count, dtype=bool)
    return Which(email, phone, nothing, nothing)


def send_again(cards: Cards, record: Ints, seconds: Ints, world: World) -> Cards:
    """The cards, and once more those of records to which something happened.

    In the deliveries after the base, at most once in each, as last typed.
    """
    delivery = world.delivery(seconds)
    chosen = np.flatnonzero((delivery > 0) & (delivery <= world.days))
    key = record[chosen] * (world.days + 1) + delivery[chosen]
    _, first = np.unique(key, return_index=True)
    record, seconds = record[chosen[first]], seconds[chosen[first]]
    span = 2**34
    by_record = np.lexsort((cards.seconds, cards.record))
    keys = (cards.record * span + cards.seconds)[by_record]
    place = np.searchsorted(keys, record * span + seconds, side="right") - 1
    known = (place >= 0) & (cards.record[by_record[place]] == record)
    typed = np.concatenate([np.arange(len(cards)), by_record[place[known]]])
    when = np.concatenate([cards.seconds, seconds[known]])
    order = np.argsort(when, kind="stable")
    return Cards(
        record=cards.record[typed][order],
        seconds=when[order],
        delivery=world.delivery(when)[order],
        text={name: column[typed][order] for name, column in cards.text.items()},
        streams=cards.streams,
    )


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


def full_names(cards: Cards, reversed_share: float = 0.0) -> Words:
    """First and last name in one column; some the other way round with a comma."""
    first, last = cards.text["first"], cards.text["last"]
    whole = first + " " + last
    rows = np.flatnonzero(
        cards.streams("reversed").chance(len(cards), reversed_share)
        & (first != "")
        & (last != "")
    )
    whole[rows] = last[rows] + ", " + first[rows]
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


def versions(begins: Ints, changes_at: Ints, world: World) -> tuple[Ints, Ints, Bools]:
    """The rows of things that change once, in the order of their deliveries.

    For each row which thing it is, its delivery, and whether it shows it changed. A
    thing has a row when it begins, and another one if it changes in a later
    delivery.
    """
    begun, changed = world.delivery(begins), world.delivery(changes_at)
    again = np.flatnonzero((changed > begun) & (changed <= world.days))
    which = np.concatenate([np.arange(len(begun)), again])
    delivery = np.concatenate([begun, changed[again]])
    order = np.lexsort((which, delivery))
    order = order[delivery[order] <= world.days]
    which, delivery = which[order], delivery[order]
    return which, delivery, changed[which] <= delivery


def record_truth(
    entity: str, ids: Bytes, world: World, records: Records
) -> RecordTruth:
    """The truth about all records of an entity, by their order in `records`."""
    return RecordTruth(entity, ids, records.person, world.delivery(records.seconds))


def sale_truth(entity: str, ids: Bytes, world: World, sales: Sales) -> SaleTruth:
    """The truth about sales, in their order, as it is after the last delivery."""
    return SaleTruth(
        entity,
        ids,
        sales.person,
        sales.seconds,
        sales.cents,
        sales.status_at(world.delivered_until),
        sales.campaign,
    )
