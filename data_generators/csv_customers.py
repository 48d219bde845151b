"""The customer file of the `csv` system: persons as a careless company knows them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data_generators import mess
from data_generators.countries import COUNTRIES, NICKNAMES, Words, word_pools
from data_generators.draws import Bools, Floats, Ints, Streams
from data_generators.mess import MessRates, apply
from data_generators.population import (
    JUNIOR,
    NO_SUFFIX,
    NONE,
    SENIOR,
    Addresses,
    Population,
    PopulationRates,
    make_population,
    phone_parts,
)
from data_generators.season import Season
from data_generators.writing import (
    DATE_STYLES,
    PHONE_STYLES,
    date_faults,
    write_dates,
    write_phones,
)

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

_HOUSE_NAMES = ("The Willows", "Villa Rosa", "Haus Sonne", "Rose Cottage")

_FIRST_EMAIL, _SECOND_EMAIL = 0, 1
_MOBILE, _SECOND_MOBILE, _LANDLINE, _SWITCHBOARD = range(4)

_LINK_EMAIL, _LINK_PHONE, _LINK_LOST = range(3)
_LINK_WEIGHTS = (0.6, 0.4)
"""By which of the two a re-entry that keeps a link keeps it."""


@dataclass(frozen=True)
class Records:
    """Who each customer record is about and when it was entered.

    One entry a record, by person and then by time; a re-sent row is no record of
    its own.
    """

    person: Ints
    week: Floats
    """Operational week of the entry."""
    seconds: Ints
    number: Ints
    """1 for the record entered first, and so on: the customer_id's number."""
    nth: Ints
    """0 for a person's first record, 1 for the next."""
    is_test: Bools

    def __len__(self) -> int:
        return len(self.person)


@dataclass(frozen=True)
class CustomerFile:
    """The rows of csv_customers.csv, in the file's order, and who is who."""

    columns: dict[str, Words]
    records: Records
    ids: Words
    """customer_id of each entry of `records`."""

    def truth(self) -> list[Words]:
        """The truth file's columns: each record once, in order of its id."""
        order = np.argsort(self.records.number, kind="stable")
        count = len(self.records)
        persons = [f"P{n + 1:07d}" for n in self.records.person[order].tolist()]
        return [
            np.full(count, "csv", dtype=object),
            np.full(count, "csv_customers", dtype=object),
            self.ids[order],
            np.array(persons, dtype=object),
        ]


def customer_ids(numbers: Ints) -> Words:
    """C0000042 for 42."""
    return np.array([f"C{n:07d}" for n in numbers.tolist()], dtype=object)


def make_customers(
    rows: int,
    streams: Streams,
    season: Season,
    population_rates: PopulationRates,
    rates: MessRates,
) -> tuple[Population, CustomerFile]:
    """A population and its customer file of exactly so many rows."""
    resent = int(rows * rates.resent)
    corrected = int(rows * rates.corrected)
    distinct = rows - resent - corrected
    reentered = int(rows * rates.duplicates)
    tests = int(rows * rates.test_accounts)
    population = make_population(
        distinct - reentered, streams, season, population_rates
    )
    records = _make_records(population, reentered, tests, streams, season)
    links = _links(population, records, streams, rates)

    columns = {"customer_id": customer_ids(records.number)}
    columns["first_name"], columns["last_name"] = _names(
        population, records, streams, rates
    )
    columns["email"], malformed, clean = _emails(
        population, records, links, streams, rates
    )
    columns["phone"] = _phones(population, records, links, streams, rates)
    columns |= _places(population, records, streams, rates)
    columns["created_at"] = _dates(records.seconds, streams, rates)
    _make_test_accounts(columns, records, streams)

    file_rows, fixed = _row_order(records, malformed, resent, corrected, streams)
    in_file = {name: columns[name][file_rows] for name in COLUMNS}
    in_file["email"][fixed] = clean[file_rows[fixed]]
    return population, CustomerFile(in_file, records, columns["customer_id"])


def _make_records(
    population: Population, reentered: int, tests: int, streams: Streams, season: Season
) -> Records:
    count = len(population)
    shuffled = np.argsort(streams("record.tests").uniform(count), kind="stable")
    tests = min(tests, count - 1)
    is_test_person = np.zeros(count, dtype=bool)
    is_test_person[shuffled[:tests]] = True
    people = shuffled[tests:]

    again = people[streams("record.reentered").below(len(people), reentered)]
    joined = population.joined[again]
    later = joined + streams("record.week").uniform(reentered) * (season.weeks - joined)
    person = np.concatenate([np.arange(count), again])
    week = np.concatenate([population.joined, later])
    order = np.lexsort((week, person))
    person, week = person[order], week[order]

    number = np.empty(len(person), dtype=np.int64)
    number[np.argsort(week, kind="stable")] = np.arange(1, len(person) + 1)
    nth = np.arange(len(person)) - np.searchsorted(person, person)
    return Records(
        person, week, season.seconds(week), number, nth, is_test_person[person]
    )


@dataclass(frozen=True)
class _Links:
    """Which mailbox and telephone each record gives."""

    email: Ints
    phone: Ints
    email_kept: Bools
    """The e-mail links this record to another one and must stay recognisable."""
    phone_kept: Bools


def _links(
    population: Population, records: Records, streams: Streams, rates: MessRates
) -> _Links:
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
    phone = np.full(count, _MOBILE)
    for kind, numbers, share in (
        (_LANDLINE, population.landline, 1.0),
        (_SWITCHBOARD, population.switchboard, 0.6),
        (_SECOND_MOBILE, population.second_mobile, 0.3),
    ):
        phone[other_phone & (numbers[person] != NONE) & (which < share)] = kind
    # a landline is also what many households give from the beginning
    landline = (population.landline != NONE)[person]
    phone[landline & ~other_phone & (which < 0.15)] = _LANDLINE

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
        phone[gone] = np.where(
            landline[gone] & (phone[last] == _MOBILE), _LANDLINE, NONE
        )
        known_by[person[now[~lost]]] = now[~lost]
    return _Links(email, phone, email_kept, phone_kept)


def _names(
    population: Population, records: Records, streams: Streams, rates: MessRates
) -> tuple[Words, Words]:
    count, person = len(records), records.person
    pools = word_pools()
    reentry = records.nth > 0
    first = pools.given[population.given[person]]
    former = population.former_surname[person]
    goes_by_former = (
        (former != NONE) & ~reentry & streams("name.former").chance(count, 0.6)
    )
    last = pools.surnames[np.where(goes_by_former, former, population.surname[person])]

    def some(name: str, rate: float) -> Bools:
        return streams(f"name.{name}").chance(count, rate)

    has_nickname = np.array([w in NICKNAMES for w in pools.given])
    rows = reentry & has_nickname[population.given[person]]
    apply(
        first,
        rows & some("nickname", rates.reentry_nickname),
        mess.nickname,
        streams("name.nickname_kind"),
    )
    for column, name in ((first, "first"), (last, "last")):
        apply(
            column,
            reentry & some(f"{name}_plain", rates.accents_dropped),
            mess.plain_letters,
            streams("name.unused"),
        )
        apply(
            column,
            reentry & some(f"{name}_typo", rates.reentry_typo),
            mess.typing_error,
            streams(f"name.{name}_typo_kind"),
        )
    apply(
        first,
        reentry & some("initial", rates.reentry_initial),
        mess.initial,
        streams("name.initial_kind"),
    )
    swapped = reentry & some("swapped", rates.reentry_swapped_names)
    first[swapped], last[swapped] = last[swapped], first[swapped]

    named_alike = population.suffix[person]
    shown = ~swapped & some("generation", 0.5)
    for generation, sign in ((SENIOR, " Sr."), (JUNIOR, " Jr.")):
        rows = shown & (named_alike == generation)
        last[rows] = last[rows] + sign
    apply(
        last,
        (named_alike == NO_SUFFIX) & some("suffix", rates.suffix),
        mess.with_suffix,
        streams("name.suffix_kind"),
    )
    titled = np.flatnonzero(some("honorific", rates.honorific))
    draws = streams("name.honorific_kind").uniform(len(titled))
    for row, draw in zip(titled.tolist(), draws.tolist(), strict=True):
        who = person[row]
        titles = COUNTRIES[population.country[who]].titles[population.sex[who]]
        first[row] = mess.one_of(titles, draw) + " " + first[row]

    casing = streams("name.case").uniform(count)
    upper = np.flatnonzero(casing < rates.upper_case)
    lower = np.flatnonzero(casing > 1 - rates.lower_case)
    for column, name, null_rate in (
        (first, "first", rates.first_name_null),
        (last, "last", rates.last_name_null),
    ):
        column[upper] = [value.upper() for value in column[upper]]
        column[lower] = [value.lower() for value in column[lower]]
        _untidy(column, f"name.{name}", streams, rates)
        apply(
            column,
            some(f"{name}_symbol", rates.symbols),
            mess.with_symbol,
            streams(f"name.{name}_symbol_kind"),
        )
        column[some(f"{name}_null", null_rate)] = ""
    return first, last


def _untidy(column: Words, name: str, streams: Streams, rates: MessRates) -> None:
    """Wrong encoding and blanks, which any text column can have."""
    count = len(column)
    apply(
        column,
        streams(f"{name}_mojibake").chance(count, rates.mojibake),
        mess.mojibake,
        streams(f"{name}_mojibake_kind"),
    )
    apply(
        column,
        streams(f"{name}_padded").chance(count, rates.padded),
        mess.padded,
        streams(f"{name}_padded_kind"),
    )


def _fates(
    draws: Floats, spared: Bools, already_null: Bools, rates: tuple[float, ...]
) -> Ints:
    """0 for a usable value, else which of `rates` befell it (the first is "null").

    The rates hold over all entries, so those that are not spared get more.
    """
    fate = already_null.astype(np.int64)
    open_to_it = np.flatnonzero(~spared & ~already_null)
    shares = np.array(rates) * len(draws)
    shares[0] = max(shares[0] - int(already_null.sum()), 0.0)
    edges = np.cumsum(shares) / max(len(open_to_it), 1)
    kind = np.searchsorted(edges, draws[open_to_it], side="right") + 1
    fate[open_to_it] = np.where(kind > len(rates), 0, kind)
    return fate


def _emails(
    population: Population,
    records: Records,
    links: _Links,
    streams: Streams,
    rates: MessRates,
) -> tuple[Words, Bools, Words]:
    """The column, which of it is malformed, and what it should have been."""
    count, person = len(records), records.person
    email = np.where(
        links.email == _SECOND_EMAIL,
        population.second_email[person],
        population.email[person],
    )
    clean = email.copy()
    fate = _fates(
        streams("email.fate").uniform(count),
        links.email_kept,
        links.email == NONE,
        (
            rates.email_null,
            rates.email_placeholder_word,
            rates.email_malformed,
            rates.email_junk,
        ),
    )

    def put(name: str, rows: Bools, change: mess.Change) -> None:
        apply(email, rows, change, streams(f"email.{name}_kind"))

    def some(name: str, rate: float) -> Bools:
        return streams(f"email.{name}").chance(count, rate)

    usable = fate == 0
    put("tag", usable & some("tag", rates.email_tagged), mess.tagged_gmail)
    put("dots", usable & some("dots", rates.email_dots), mess.dotted_gmail)
    put("typo", usable & some("typo", rates.email_domain_typo), mess.mistyped_domain)
    put("malformed", fate == 3, mess.malformed_email)
    put("case", some("case", rates.email_mixed_case), mess.mixed_case)
    put("junk", fate == 4, lambda _, draw: mess.one_of(mess.JUNK_EMAILS, draw))
    put("wrap", usable & some("wrap", rates.email_wrapped), mess.wrapped_email)
    put("word", fate == 2, lambda _, draw: mess.one_of(mess.PLACEHOLDER_WORDS, draw))
    put("padded", some("padded", rates.email_padded), mess.padded)
    email[fate == 1] = ""
    return email, fate == 3, clean


def _phones(
    population: Population,
    records: Records,
    links: _Links,
    streams: Streams,
    rates: MessRates,
) -> Words:
    count, person = len(records), records.person
    number = population.mobile[person]
    for kind, numbers in (
        (_SECOND_MOBILE, population.second_mobile),
        (_LANDLINE, population.landline),
        (_SWITCHBOARD, population.switchboard),
    ):
        rows = links.phone == kind
        number[rows] = numbers[person[rows]]
    plan, significant = phone_parts(number)
    style = streams("phone.style").choice(count, [w for _, w in PHONE_STYLES])
    phone = write_phones(plan, significant, style)

    fate = _fates(
        streams("phone.fate").uniform(count),
        links.phone_kept,
        links.phone == NONE,
        (rates.phone_null, rates.phone_placeholder_word, rates.phone_placeholder),
    )
    extended = np.where(links.phone == _SWITCHBOARD, 0.5, rates.phone_extension)
    apply(
        phone,
        (fate == 0) & streams("phone.extension").chance(count, extended),
        mess.extension,
        streams("phone.extension_kind"),
    )
    for kind, values in ((2, mess.PLACEHOLDER_WORDS), (3, mess.PLACEHOLDER_PHONES)):
        rows = np.flatnonzero(fate == kind)
        which = streams(f"phone.placeholder_{kind}").below(len(values), len(rows))
        phone[rows] = np.array(values, dtype=object)[which]
    apply(
        phone,
        streams("phone.padded").chance(count, rates.phone_padded),
        mess.padded,
        streams("phone.padded_kind"),
    )
    phone[fate == 1] = ""
    return phone


def _places(
    population: Population, records: Records, streams: Streams, rates: MessRates
) -> dict[str, Words]:
    count, person = len(records), records.person
    reentry = records.nth > 0
    former = (
        population.moved[person]
        & ~reentry
        & streams("address.former").chance(count, 0.7)
    )
    now, before = population.address, population.former_address
    home = Addresses(
        *(
            np.where(former, getattr(before, name)[person], getattr(now, name)[person])
            for name in ("street", "number", "unit", "city")
        )
    )
    country = population.country[person]
    address = _write_addresses(home, country, streams)
    apply(
        address,
        reentry & streams("address.again").chance(count, rates.reentry_address),
        mess.address_variant,
        streams("address.again_kind"),
    )
    city = word_pools().cities[home.city]
    for column, name, null_rate in (
        (address, "address", rates.address_null),
        (city, "city", rates.city_null),
    ):
        apply(
            column,
            reentry & streams(f"{name}.plain").chance(count, rates.accents_dropped),
            mess.plain_letters,
            streams(f"{name}.unused"),
        )
        casing = streams(f"{name}.case").uniform(count)
        upper = np.flatnonzero(casing < rates.upper_case)
        lower = np.flatnonzero(casing > 1 - rates.lower_case)
        column[upper] = [value.upper() for value in column[upper]]
        column[lower] = [value.lower() for value in column[lower]]
        _untidy(column, name, streams, rates)
        column[streams(f"{name}.null").chance(count, null_rate)] = ""

    codes = np.array([c.code for c in COUNTRIES], dtype=object)[country]
    spelled = np.flatnonzero(
        streams("country.spelled").chance(count, rates.country_spelled)
    )
    draws = streams("country.spelling").uniform(len(spelled))
    for row, draw in zip(spelled.tolist(), draws.tolist(), strict=True):
        codes[row] = mess.one_of(COUNTRIES[country[row]].spellings, draw)
    _untidy(codes, "country", streams, rates)
    codes[streams("country.null").chance(count, rates.country_null)] = ""
    return {"address": address, "city": city, "country": codes}


def _write_addresses(home: Addresses, country: Ints, streams: Streams) -> Words:
    count = len(country)
    street = word_pools().streets[home.street]
    number = np.array([str(n) for n in range(181)], dtype=object)[home.number]
    first = np.array([c.number_first for c in COUNTRIES])[country]
    written = np.where(first, number + " " + street, street + " " + number)
    has_unit = home.unit != NONE
    units = np.array([str(n) for n in range(61)], dtype=object)[home.unit]
    words = np.array([c.unit for c in COUNTRIES], dtype=object)[country]
    # what is written between the lines belongs to the record, not to the house
    drawn = streams("address.break").uniform(count)
    for rows, between in (
        (drawn < 0.70, ", "),
        ((drawn >= 0.70) & (drawn < 0.92), " "),
        (drawn >= 0.92, "\n"),
    ):
        rows = rows & has_unit
        written[rows] = written[rows] + between + words[rows] + " " + units[rows]
    named = np.flatnonzero(streams("address.house_name").chance(count, 0.01))
    houses = np.array(_HOUSE_NAMES, dtype=object)
    which = streams("address.which_name").below(len(houses), len(named))
    written[named] = '"' + houses[which] + '", ' + written[named]
    return written


def _dates(seconds: Ints, streams: Streams, rates: MessRates) -> Words:
    count = len(seconds)
    style = streams("created.style").choice(count, [w for _, w in DATE_STYLES])
    fault = date_faults(
        count, rates.date_null, rates.date_impossible, streams("created.fault")
    )
    return write_dates(seconds, style, fault)


def _make_test_accounts(
    columns: dict[str, Words], records: Records, streams: Streams
) -> None:
    rows = np.flatnonzero(records.is_test)
    draws = streams("test.kind").uniform(len(rows))
    for nth, (row, draw) in enumerate(zip(rows.tolist(), draws.tolist(), strict=True)):
        columns["first_name"][row] = mess.one_of(("Test", "QA", "Demo", "asdf"), draw)
        columns["last_name"][row] = f"User{nth + 1}"
        columns["email"][row] = mess.one_of(
            (f"test{nth + 1}@test.com", "test@test.com"), draw * 4 % 1
        )
        columns["phone"][row] = mess.one_of(mess.PLACEHOLDER_PHONES, draw * 16 % 1)
        columns["address"][row] = "1 Test Street"


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
