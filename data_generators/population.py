"""The people behind the records: households, mailboxes, telephones, moves.

Nothing here is messy and nothing belongs to one system: each system's extract
shows its own distorted picture of this population.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from math import gcd

import numpy as np
import pandas as pd

from data_generators.countries import (
    COUNTRIES,
    PLANS,
    WORLD_DOMAINS,
    Words,
    without_accents,
    word_pools,
)
from data_generators.draws import Bools, Floats, Ints, Stream, Streams
from data_generators.season import Season

MEN, WOMEN = 0, 1
NONE = -1
"""What an array of indices or numbers holds where there is nothing."""

NO_SUFFIX, SENIOR, JUNIOR = 0, 1, 2

_PHONE_DIGITS = 10**12
_COMPANY_TRADES = (
    "logistics",
    "consulting",
    "systems",
    "foods",
    "media",
    "partners",
    "labs",
    "motors",
)


@dataclass(frozen=True)
class PopulationRates:
    """Who lives with whom and what they own: shares of persons unless said."""

    household_sizes: tuple[float, ...] = (0.50, 0.28, 0.12, 0.10)
    """Shares of households with 1, 2, 3, 4 members."""
    partner_shares_surname: float = 0.8
    household_landline: float = 0.55
    """Share of households with a landline, which all its members give."""
    son_named_after_father: float = 0.03
    """Share of sons (same given name, surname, address and landline)."""
    couple_shares_mailbox: float = 0.001
    """Share of second members of a household who use the first one's e-mail."""
    second_email: float = 0.45
    second_mobile: float = 0.10
    employee: float = 0.06
    """People whose company has one switchboard and one mail domain for all."""
    colleagues: int = 6
    """Employees of one company among the population."""
    recycled_number: float = 0.003
    """People whose mobile number was another person's before."""
    changed_surname: float = 0.12
    """Share of women who go by another surname in older records (marriage)."""
    moved: float = 0.15
    """People with a former address."""


@dataclass(frozen=True)
class Addresses:
    """Where people live; one entry a person, indices into the word pools."""

    street: Ints
    number: Ints
    unit: Ints
    """Flat number, or `NONE`."""
    city: Ints


@dataclass(frozen=True)
class Population:
    """One entry a person in every array."""

    country: Ints
    sex: Ints
    given: Ints
    surname: Ints
    former_surname: Ints
    """`NONE` for most."""
    suffix: Ints
    household: Ints
    email: Words
    second_email: Words
    """Empty text where there is none."""
    mobile: Ints
    """Telephone numbers: see `phone_parts`; `NONE` where there is none."""
    second_mobile: Ints
    landline: Ints
    switchboard: Ints
    address: Addresses
    former_address: Addresses
    moved: Bools
    joined: Floats
    """Operational week (see `Season`) in which the person became a customer."""

    def __len__(self) -> int:
        return len(self.country)


def phone_parts(numbers: Ints) -> tuple[Ints, Ints]:
    """The plan (index into `PLANS`) and national significant number of each."""
    return numbers // _PHONE_DIGITS, numbers % _PHONE_DIGITS


@dataclass
class _PhoneBook:
    """Gives every number out once."""

    stream: Stream
    given_out: list[int] = field(default_factory=lambda: [0] * len(PLANS))
    offsets: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        capacity = np.array([len(p.prefixes) * p.bodies for p in PLANS])
        self.offsets = self.stream.below(capacity).tolist()

    def numbers(self, plan_of_each: Ints) -> Ints:
        """A new number for each entry, by its plan."""
        result = np.full(len(plan_of_each), NONE, dtype=np.int64)
        for index, plan in enumerate(PLANS):
            rows = np.flatnonzero(plan_of_each == index)
            capacity = len(plan.prefixes) * plan.bodies
            # counting in steps that share no divisor with the capacity visits
            # every number once, in an order that looks like none
            step = int(capacity * 0.618)
            while gcd(step, capacity) != 1:
                step += 1
            nth = self.given_out[index] + np.arange(len(rows), dtype=np.int64)
            self.given_out[index] += len(rows)
            slot = (self.offsets[index] + nth * step) % capacity
            prefix = np.array([int(p) for p in plan.prefixes], dtype=np.int64)
            body = plan.first_body + slot // len(prefix)
            number = prefix[slot % len(prefix)] * 10**plan.body_digits + body
            result[rows] = index * _PHONE_DIGITS + number
        return result


def make_population(
    count: int, streams: Streams, season: Season, rates: PopulationRates
) -> Population:
    """`count` persons, the same ones for the same streams."""
    pools = word_pools()
    household, place = _households(count, streams, rates)
    households = int(household[-1]) + 1
    country = streams("household.country").choice(
        households, [c.weight for c in COUNTRIES]
    )[household]

    sex = _sexes(household, place, streams("person.sex"))
    given = _pick(
        streams("person.given"),
        pools.given_start[sex, country],
        pools.given_size[sex, country],
    )
    own_surname = _pick(
        streams("person.surname"),
        pools.surname_start[country],
        pools.surname_size[country],
    )
    head = np.searchsorted(household, np.arange(households))
    keeps_own = (place == 1) & ~streams("person.shares_surname").chance(
        count, rates.partner_shares_surname
    )
    surname = np.where(keeps_own, own_surname, own_surname[head][household])

    suffix = np.full(count, NO_SUFFIX, dtype=np.int64)
    father = head[household] + (sex[head[household]] == WOMEN)
    # where the first member is a woman, the father can only be her partner
    father = np.where((father < count) & (place >= 2), father, np.arange(count))
    sons = (
        (place >= 2)
        & (sex == MEN)
        & (sex[father] == MEN)
        & (surname[father] == surname)
        & streams("person.named_after_father").chance(
            count, rates.son_named_after_father
        )
    )
    given[sons] = given[father[sons]]
    suffix[sons] = JUNIOR
    suffix[father[sons]] = SENIOR

    former_surname = np.where(
        (sex == WOMEN)
        & (place <= 1)
        & streams("person.changed_surname").chance(count, rates.changed_surname),
        _pick(
            streams("person.former_surname"),
            pools.surname_start[country],
            pools.surname_size[country],
        ),
        NONE,
    )

    company, head_office = _companies(country, streams, rates)
    book = _PhoneBook(streams("phone.offsets"))
    mobile = book.numbers(country * 2)
    second_mobile = _some(
        book.numbers(country * 2),
        streams("person.second_mobile").chance(count, rates.second_mobile),
    )
    household_line = _some(
        book.numbers(country[head] * 2 + 1),
        streams("household.landline").chance(households, rates.household_landline),
    )
    office_line = book.numbers(head_office * 2 + 1)
    switchboard = np.full(count, NONE, dtype=np.int64)
    employed = company != NONE
    switchboard[employed] = office_line[company[employed]]
    recycled = np.flatnonzero(
        streams("person.recycled").chance(count, rates.recycled_number)
    )
    before = streams("person.recycled_from").below(count, len(recycled))
    mobile[recycled] = mobile[before]

    email, second_email = _mailboxes(country, given, surname, company, streams, rates)
    couples = np.flatnonzero(
        (place == 1)
        & streams("person.shares_mailbox").chance(count, rates.couple_shares_mailbox)
    )
    email[couples] = email[couples - 1]

    return Population(
        country=country,
        sex=sex,
        given=given,
        surname=surname,
        former_surname=former_surname,
        suffix=suffix,
        household=household,
        email=email,
        second_email=second_email,
        mobile=mobile,
        second_mobile=second_mobile,
        landline=household_line[household],
        switchboard=switchboard,
        address=_addresses(country[head], streams, "household", household),
        former_address=_addresses(country, streams, "former", np.arange(count)),
        moved=streams("person.moved").chance(count, rates.moved),
        joined=_joining(count, streams, season),
    )


def _households(
    count: int, streams: Streams, rates: PopulationRates
) -> tuple[Ints, Ints]:
    """Each person's household and place in it (0 is its first member)."""
    sizes = 1 + streams("household.size").choice(count, rates.household_sizes)
    household = np.repeat(np.arange(count), sizes)[:count]
    first = np.cumsum(sizes) - sizes
    return household, np.arange(count) - first[household]


def _sexes(household: Ints, place: Ints, stream: Stream) -> Ints:
    drawn = stream.uniform(len(household))
    sex = (drawn < 0.5).astype(np.int64)
    partners = np.flatnonzero(place == 1)
    opposite = drawn[partners] < 0.93
    first = sex[partners - 1]
    sex[partners] = np.where(opposite, 1 - first, first)
    return sex


def _pick(stream: Stream, start: Ints, size: Ints) -> Ints:
    return start + stream.below(size)


def _some(values: Ints, chosen: Bools) -> Ints:
    return np.where(chosen, values, NONE)


def _companies(
    country: Ints, streams: Streams, rates: PopulationRates
) -> tuple[Ints, Ints]:
    """Each person's company (or `NONE`), and each company's country."""
    count = len(country)
    employed = np.flatnonzero(streams("person.employed").chance(count, rates.employee))
    # colleagues live in one country but not next door
    anywhere = streams("person.colleagues").uniform(len(employed))
    shuffled = employed[np.lexsort((anywhere, country[employed]))]
    group = np.zeros(len(shuffled), dtype=np.int64)
    offices: list[int] = []
    for index in range(len(COUNTRIES)):
        rows = np.flatnonzero(country[shuffled] == index)
        group[rows] = len(offices) + np.arange(len(rows)) // rates.colleagues
        offices += [index] * -(-len(rows) // rates.colleagues)
    company = np.full(count, NONE, dtype=np.int64)
    company[shuffled] = group
    return company, np.array(offices, dtype=np.int64)


def _addresses(country: Ints, streams: Streams, name: str, member: Ints) -> Addresses:
    """Addresses of all entries of `country`, spread over `member`."""
    pools = word_pools()
    count = len(country)
    street = _pick(
        streams(f"{name}.street"),
        pools.street_start[country],
        pools.street_size[country],
    )
    city = _pick(
        streams(f"{name}.city"), pools.city_start[country], pools.city_size[country]
    )
    number = 1 + streams(f"{name}.number").below(180, count)
    unit = _some(
        1 + streams(f"{name}.unit").below(60, count),
        streams(f"{name}.has_unit").chance(count, 0.3),
    )
    return Addresses(street[member], number[member], unit[member], city[member])


def _joining(count: int, streams: Streams, season: Season) -> Floats:
    """Joining weeks of a business that grows: more people join later."""
    early = streams("person.joined").uniform(count)
    other = streams("person.joined_again").uniform(count)
    growing = streams("person.joined_growth").chance(count, 0.4)
    return season.weeks * np.where(growing, np.maximum(early, other), early)


def _mailboxes(
    country: Ints,
    given: Ints,
    surname: Ints,
    company: Ints,
    streams: Streams,
    rates: PopulationRates,
) -> tuple[Words, Words]:
    """First and second e-mail addresses, no two of which reach the same mailbox."""
    count = len(country)
    private, provider = _private_mailboxes(
        country, given, surname, streams, "first_mailbox"
    )
    other, other_provider = _private_mailboxes(
        country, given, surname, streams, "second_mailbox"
    )
    employed = np.flatnonzero(company != NONE)
    if len(employed):
        given_names, surnames = _mail_names()
        founder = employed[np.unique(company[employed], return_index=True)[1]]
        trades = np.array(_COMPANY_TRADES, dtype=object)
        trade = trades[np.arange(len(founder)) % len(trades)]
        endings = np.array([c.top_level_domain for c in COUNTRIES], dtype=object)
        company_domain = (
            surnames[surname[founder]] + "-" + trade + "." + endings[country[founder]]
        )
        other[employed] = (
            given_names[given[employed]] + "." + surnames[surname[employed]]
        )
        other_provider[employed] = company_domain[company[employed]]

    has_other = (company != NONE) | streams("person.second_email").chance(
        count, rates.second_email
    )
    rows = np.flatnonzero(has_other)
    addresses = _unique_mailboxes(
        np.concatenate([private, other[rows]]),
        np.concatenate([provider, other_provider[rows]]),
    )
    second = np.full(count, "", dtype=object)
    second[rows] = addresses[count:]
    return addresses[:count], second


def _private_mailboxes(
    country: Ints, given: Ints, surname: Ints, streams: Streams, name: str
) -> tuple[Words, Words]:
    count = len(country)
    given_names, surnames = _mail_names()
    first, last = given_names[given], surnames[surname]
    initial = np.array([name[:1] for name in given_names], dtype=object)[given]
    years = np.array([f"{n % 100:02d}" for n in range(45, 108)], dtype=object)
    year = years[streams(f"{name}.year").below(len(years), count)]
    styles = [
        (28, lambda r: first[r] + "." + last[r]),
        (16, lambda r: first[r] + last[r]),
        (14, lambda r: initial[r] + last[r]),
        (6, lambda r: first[r] + "_" + last[r]),
        (6, lambda r: last[r] + "." + first[r]),
        (14, lambda r: first[r] + year[r]),
        (16, lambda r: first[r] + "." + last[r] + year[r]),
    ]
    local = np.empty(count, dtype=object)
    style = streams(f"{name}.style").choice(count, [weight for weight, _ in styles])
    for index, (_, compose) in enumerate(styles):
        rows = np.flatnonzero(style == index)
        local[rows] = compose(rows)

    domain = np.empty(count, dtype=object)
    drawn = streams(f"{name}.domain").uniform(count)
    world = np.array([d for d, _ in WORLD_DOMAINS], dtype=object)
    domain[:] = world[
        streams(f"{name}.world_domain").choice(count, [w for _, w in WORLD_DOMAINS])
    ]
    for index, place in enumerate(COUNTRIES):
        rows = np.flatnonzero((country == index) & (drawn < 0.35))
        local_domains = np.array(place.domains, dtype=object)
        # the same draw, stretched, says which of the country's mailboxes
        nth = (drawn[rows] / 0.35 * len(local_domains)).astype(np.int64)
        domain[rows] = local_domains[np.minimum(nth, len(local_domains) - 1)]
    return local, domain


@cache
def _mail_names() -> tuple[Words, Words]:
    """Given names and surnames of the pools in the letters of an e-mail address."""
    pools = word_pools()
    return _mail_letters(pools.given), _mail_letters(pools.surnames)


def _mail_letters(words: Words) -> Words:
    plain = (without_accents(word).lower() for word in words)
    return np.array(
        ["".join(c for c in word if "a" <= c <= "z") for word in plain], dtype=object
    )


def _unique_mailboxes(local: Words, domain: Words) -> Words:
    """`local@domain`, numbered where two would reach the same mailbox.

    Dots and underscores do not count: some providers ignore them, so addresses
    that differ in nothing else must not belong to two persons.
    """
    local = local.copy()
    while True:
        bare = [text.replace(".", "").replace("_", "") for text in local]
        key = pd.Series(np.array(bare, dtype=object) + "@" + domain, dtype=object)
        nth = key.groupby(key, sort=False).cumcount().to_numpy()
        again = np.flatnonzero(nth)
        if not len(again):
            return local + "@" + domain
        local[again] = local[again] + np.array(
            [str(n + 1) for n in nth[again]], dtype=object
        )
