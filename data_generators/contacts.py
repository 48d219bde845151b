"""Names, e-mails, telephones and addresses as they stand in a system's records.

Each system types its own picture of the same people: what is written of a record
comes from the streams and the rates of its system.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data_generators import mess
from data_generators.countries import COUNTRIES
from data_generators.draws import Bools, Floats, Ints, Streams
from data_generators.mess import MessRates, apply
from data_generators.population import (
    JUNIOR,
    NO_SUFFIX,
    NONE,
    SENIOR,
    Addresses,
    Population,
    phone_parts,
)
from data_generators.words import NICKNAMES, Words, word_pools
from data_generators.writing import write_phones

FIRST_EMAIL, SECOND_EMAIL = 0, 1
MOBILE, SECOND_MOBILE, LANDLINE, SWITCHBOARD = range(4)

_HOUSE_NAMES = ("The Willows", "Villa Rosa", "Haus Sonne", "Rose Cottage")


@dataclass(frozen=True)
class Entries:
    """Records being typed: one entry a record in every array."""

    people: Population
    person: Ints
    again: Bools
    """Typed by someone who did not copy: open to what `MessRates` says of
    re-entries."""
    early: Bools
    """May show the name and the address of before a wedding or a move."""
    streams: Streams
    rates: MessRates

    def __len__(self) -> int:
        return len(self.person)


@dataclass(frozen=True)
class Which:
    """Which mailbox and telephone each record gives; `NONE` for none."""

    email: Ints
    phone: Ints
    email_kept: Bools
    """The e-mail links this record to another one and must stay recognisable."""
    phone_kept: Bools


def names(entries: Entries) -> tuple[Words, Words]:
    """Given names and surnames, as they were typed."""
    population, streams, rates = entries.people, entries.streams, entries.rates
    count, person = len(entries), entries.person
    pools = word_pools()
    reentry = entries.again
    first = pools.given[population.given[person]]
    former = population.former_surname[person]
    goes_by_former = (
        (former != NONE) & entries.early & streams("name.former").chance(count, 0.6)
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


def emails(entries: Entries, which: Which) -> tuple[Words, Bools, Words]:
    """E-mails as they were typed, which are malformed, and what they should be."""
    population, streams, rates = entries.people, entries.streams, entries.rates
    count, person = len(entries), entries.person
    email = np.where(
        which.email == SECOND_EMAIL,
        population.second_email[person],
        population.email[person],
    )
    clean = email.copy()
    fate = _fates(
        streams("email.fate").uniform(count),
        which.email_kept,
        which.email == NONE,
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


def phones(entries: Entries, which: Which, styles: Sequence[float]) -> Words:
    """Telephones as they were typed; `styles` are weights for `PHONE_STYLES`."""
    population, streams, rates = entries.people, entries.streams, entries.rates
    count, person = len(entries), entries.person
    number = population.mobile[person]
    for kind, numbers in (
        (SECOND_MOBILE, population.second_mobile),
        (LANDLINE, population.landline),
        (SWITCHBOARD, population.switchboard),
    ):
        rows = which.phone == kind
        number[rows] = numbers[person[rows]]
    plan, significant = phone_parts(number)
    style = streams("phone.style").choice(count, styles)
    phone = write_phones(plan, significant, style)

    fate = _fates(
        streams("phone.fate").uniform(count),
        which.phone_kept,
        which.phone == NONE,
        (rates.phone_null, rates.phone_placeholder_word, rates.phone_placeholder),
    )
    extended = np.where(which.phone == SWITCHBOARD, 0.5, rates.phone_extension)
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


def places(entries: Entries) -> dict[str, Words]:
    """Columns address, city and country, as they were typed."""
    population, streams, rates = entries.people, entries.streams, entries.rates
    count, person = len(entries), entries.person
    reentry = entries.again
    former = (
        population.moved[person]
        & entries.early
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
