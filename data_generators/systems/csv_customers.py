"""The customer file of the `csv` system: persons as a careless company knows them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data_generators.contacts import (
    LANDLINE,
    MOBILE,
    SECOND_MOBILE,
    SWITCHBOARD,
    Entries,
    Which,
    emails,
    names,
    phones,
    places,
)
from data_generators.crowd import Extract
from data_generators.draws import Bools, Ints, Streams
from data_generators.files import Table
from data_generators.mess import MessRates
from data_generators.pictures import (
    ALL,
    CHANGED,
    RecordTruth,
    changes,
    record_truth,
    test_accounts,
    type_rows,
)
from data_generators.population import NONE, Population
from data_generators.records import Records, arrange
from data_generators.words import Words
from data_generators.world import World
from data_generators.writing import (
    DATE_STYLES,
    PHONE_STYLES,
    date_faults,
    write_dates,
)

FILE = "csv_customers.csv"
COLUMNS = (
    "customer_id",
    "first_name",
    "last_name",
    "email",
    "phone",
    "address",
    "city",
    "country",
    "created_at",
)

_LINK_EMAIL, _LINK_PHONE, _LINK_LOST = range(3)
_LINK_WEIGHTS = (0.6, 0.4)
"""By which of the two a re-entry that keeps a link keeps it."""

_STYLES = [weight for _, weight in PHONE_STYLES]


@dataclass(frozen=True)
class CustomerFile:
    """The customers' table, and the records that it is about."""

    table: Table
    records: Records
    ids: Words
    """customer_id of each entry of `records`."""
    truth: RecordTruth


def customer_ids(numbers: Ints) -> Words:
    """C0000042 for 42."""
    return np.array([f"C{n:07d}" for n in numbers.tolist()], dtype=object)


def make_customers(world: World) -> CustomerFile:
    """The base file, and what is delivered on the days after it."""
    base = _base_records(world, world.extract)
    columns, in_file = _base_rows(world, base, world.extract)
    records, delivery = base, np.zeros(len(in_file["email"]), dtype=np.int64)
    if world.days:
        later = _later_records(world, base)
        more, when = _later_rows(world, base, later, columns)
        in_file = {n: np.concatenate([in_file[n], more[n]]) for n in COLUMNS}
        delivery = np.concatenate([delivery, world.delivery(when)])
        records = _together(base, later)
    values = [in_file[name] for name in COLUMNS]
    ids = customer_ids(records.number)
    return CustomerFile(
        Table(FILE, COLUMNS, delivery, lambda rows: [v[rows] for v in values]),
        records,
        ids,
        record_truth("customers", ids.astype(np.bytes_), world, records),
    )


def _base_records(world: World, size: Extract) -> Records:
    streams, season, count = world.streams, world.season, world.csv_people
    is_test = world.is_tester("csv")
    # a lone person is nobody's test account
    people = world.csv_order[min(size.tests, count - 1) :]
    joined = world.people.joined[:count]
    again = people[streams("record.reentered").below(len(people), size.reentered)]
    later = joined[again] + streams("record.week").uniform(size.reentered) * (
        season.weeks - joined[again]
    )
    person = np.concatenate([np.arange(count), again])
    week = np.concatenate([joined, later])
    # by week, not by second: two records of one second keep their order
    order = np.lexsort((week, person))
    person, week = person[order], week[order]
    number = np.empty(len(person), dtype=np.int64)
    number[np.argsort(week, kind="stable")] = np.arange(1, len(person) + 1)
    nth = np.arange(len(person)) - np.searchsorted(person, person)
    return Records(person, season.seconds(week), number, nth, is_test[person])


def _base_rows(
    world: World, records: Records, size: Extract
) -> tuple[dict[str, Words], dict[str, Words]]:
    """Columns by record, and by row of the file."""
    streams, rates = world.streams, world.rates.of("csv")
    which = _links(world.people, records, streams, rates)
    again = records.nth > 0
    entries = Entries(world.people, records.person, again, ~again, streams, rates)
    columns = {"customer_id": customer_ids(records.number)}
    columns["first_name"], columns["last_name"] = names(entries)
    columns["email"], malformed, clean = emails(entries, which)
    columns["phone"] = phones(entries, which, _STYLES)
    columns |= places(entries)
    columns["created_at"] = _dates(records.seconds, streams, rates)
    test_accounts(
        columns,
        np.flatnonzero(records.is_test),
        streams,
        {"first": "first_name", "last": "last_name"},
    )
    rows, fixed = _row_order(records, malformed, size.resent, size.corrected, streams)
    in_file = {name: columns[name][rows] for name in COLUMNS}
    in_file["email"][fixed] = clean[rows[fixed]]
    return columns, in_file


def _later_records(world: World, base: Records) -> Records:
    """Records entered after `until`: newcomers, and people entered anew."""
    streams, season = world.streams.under("csv.later"), world.season
    newcomers = np.flatnonzero(
        world.member["csv"] & (np.arange(len(world.people)) >= world.csv_people)
    )
    known = np.flatnonzero(~world.is_tester("csv")[: world.csv_people])
    days = (season.horizon_end - season.end) // 86_400
    expected = world.rates.of("csv").duplicates * len(base) * days / season.history_days
    again = known[streams("reentered").below(len(known), round(expected))]
    when = season.end + streams("when").below(days * 86_400, len(again))
    person = np.concatenate([newcomers, again])
    seconds = np.concatenate([world.joined[newcomers], when])
    is_test = np.zeros(len(person), dtype=bool)
    return arrange(person, seconds, is_test, first_number=len(base) + 1)


def _later_rows(
    world: World, base: Records, later: Records, columns: dict[str, Words]
) -> tuple[dict[str, Words], Ints]:
    """Rows of the days after `until`, and when they are typed."""
    streams = world.streams.under("csv.later")
    delivered = np.flatnonzero(world.delivery(later.seconds) <= world.days)
    # in order of time: what is typed on one day must not depend on the next
    delivered = delivered[np.argsort(later.seconds[delivered], kind="stable")]
    changed, when = changes(world, base, streams)
    parts, rates = [], world.rates.of("csv")
    for records, rows, name in (
        (later, delivered, "entered"),
        (base, changed, CHANGED),
    ):
        draws = streams.under(name)
        text = type_rows(
            world,
            "csv",
            records,
            rows,
            draws,
            ALL,
            is_change=name == CHANGED,
            styles=_STYLES,
        )
        parts.append(
            {
                "customer_id": customer_ids(records.number[rows]),
                "first_name": text["first"],
                "last_name": text["last"],
                **{n: text[n] for n in ("email", "phone", "address", "city")},
                "country": text["country"],
                "created_at": _dates(records.seconds[rows], draws, rates),
            }
        )
    # a changed row says when the record was created as the first one did
    parts[1]["created_at"] = columns["created_at"][changed]
    seconds = np.concatenate([later.seconds[delivered], when])
    order = np.argsort(seconds, kind="stable")
    return {
        name: np.concatenate([part[name] for part in parts])[order] for name in COLUMNS
    }, seconds[order]


def _together(base: Records, later: Records) -> Records:
    person = np.concatenate([base.person, later.person])
    seconds = np.concatenate([base.seconds, later.seconds])
    order = np.lexsort((seconds, person))
    person = person[order]
    return Records(
        person,
        seconds[order],
        np.concatenate([base.number, later.number])[order],
        np.arange(len(person)) - np.searchsorted(person, person),
        np.concatenate([base.is_test, later.is_test])[order],
    )


def _links(
    population: Population, records: Records, streams: Streams, rates: MessRates
) -> Which:
    """Which mailbox and telephone each record gives."""
    count, person = len(records), records.person
    reentry = records.nth > 0
    has_second_email = (population.second_email != "")[person]
    email = (
        has_second_email
        & streams("record.other_email").chance(count, rates.reentry_other_email)
        & (reentry | streams("record.first_email").chance(count, 0.3))
    ).astype(np.int64)

    other_phone = streams("record.other_phone").uniform(count) < np.where(
        reentry, rates.reentry_other_phone, rates.reentry_other_phone / 2
    )
    which = streams("record.which_phone").uniform(count)
    phone = np.full(count, MOBILE)
    for kind, numbers, share in (
        (LANDLINE, population.landline, 1.0),
        (SWITCHBOARD, population.switchboard, 0.6),
        (SECOND_MOBILE, population.second_mobile, 0.3),
    ):
        phone[other_phone & (numbers[person] != NONE) & (which < share)] = kind
    # a landline is also what many households give from the beginning
    landline = (population.landline != NONE)[person]
    phone[landline & ~other_phone & (which < 0.15)] = LANDLINE

    link = np.where(
        streams("record.lost_link").chance(count, rates.lost_link),
        _LINK_LOST,
        streams("record.link").choice(count, _LINK_WEIGHTS),
    )
    email_kept = np.zeros(count, dtype=bool)
    phone_kept = np.zeros(count, dtype=bool)
    # the record that a person's next one links to: the newest not lost
    known_by = np.flatnonzero(records.nth == 0)
    for nth in range(1, int(records.nth.max(initial=0)) + 1):
        now = np.flatnonzero(records.nth == nth)
        before = known_by[person[now]]
        for kind, values, kept in (
            (_LINK_EMAIL, email, email_kept),
            (_LINK_PHONE, phone, phone_kept),
        ):
            linked = link[now] == kind
            values[now[linked]] = values[before[linked]]
            kept[now[linked]] = True
            kept[before[linked]] = True
        lost = link[now] == _LINK_LOST
        gone, last = now[lost], before[lost]
        email[gone] = np.where(has_second_email[gone], 1 - email[last], NONE)
        phone[gone] = np.where(landline[gone] & (phone[last] == MOBILE), LANDLINE, NONE)
        known_by[person[now[~lost]]] = now[~lost]
    return Which(email, phone, email_kept, phone_kept)


def _dates(seconds: Ints, streams: Streams, rates: MessRates) -> Words:
    count = len(seconds)
    style = streams("created.style").choice(count, [w for _, w in DATE_STYLES])
    fault = date_faults(
        count, rates.date_null, rates.date_impossible, streams("created.fault")
    )
    return write_dates(seconds, style, fault)


def _row_order(
    records: Records, malformed: Bools, resent: int, corrected: int, streams: Streams
) -> tuple[Ints, Ints]:
    """Records in the order of the file's rows, and which rows are corrections."""
    count = len(records)
    wrong = np.flatnonzero(malformed & ~records.is_test)
    fixable = np.lexsort((wrong, streams("row.corrected").uniform(len(wrong))))
    fixed = wrong[fixable[:corrected]]
    again = np.concatenate(
        [fixed, streams("row.resent").below(count, resent + corrected - len(fixed))]
    )
    record = np.concatenate([np.arange(count), again])
    is_fixed = np.arange(len(record)) >= count
    is_fixed[count + len(fixed) :] = False
    # a repeated row comes with a later delivery: anywhere behind the first
    position = records.number[record].astype(np.float64)
    position[count:] += streams("row.later").uniform(len(again)) * (
        count + 1 - position[count:]
    )
    order = np.lexsort((np.arange(len(record)) >= count, position))
    return record[order], np.flatnonzero(is_fixed[order])
