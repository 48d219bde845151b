"""The people behind the records: households, mailboxes, telephones, moves.

Nothing here is messy and nothing belongs to one system: each system's extract
shows its own distorted picture of this population.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from math import gcd
from typing import Any

import numpy as np

from data_generators.countries import COUNTRIES, PLANS
from data_generators.draws import Bools, Floats, Ints, Stream, Streams
from data_generators.mailboxes import make_mailboxes
from data_generators.season import Season
from data_generators.words import Words, word_pools

MEN, WOMEN = 0, 1
NONE = -1
"""What an array of indices or numbers holds where there is nothing."""

NO_SUFFIX, SENIOR, JUNIOR = 0, 1, 2

NO_WORDS = np.empty(0, dtype=object)

_PHONE_DIGITS = 10**12


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
    company: Ints
    """Whom the person works for; `NONE` for most."""
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

    def __add__(self, others: Population) -> Population:
        """These people, and behind them the others."""
        joined: dict[str, Any] = {}
        for field_ in fields(self):
            mine, theirs = getattr(self, field_.name), getattr(others, field_.name)
            if isinstance(mine, Addresses):
                joined[field_.name] = Addresses(
                    *(
                        np.concatenate([getattr(mine, f.name), getattr(theirs, f.name)])
                        for f in fields(Addresses)
                    )
                )
                continue
            if field_.name in ("household", "company"):
                ahead = int(mine.max(initial=NONE)) + 1
                theirs = np.where(theirs == NONE, NONE, theirs + ahead)
            joined[field_.name] = np.concatenate([mine, theirs])
        return Population(**joined)


def phone_parts(numbers: Ints) -> tuple[Ints, Ints]:
    """The plan (index into `PLANS`) and national significant number of each."""
    return numbers // _PHONE_DIGITS, numbers % _PHONE_DIGITS


@dataclass
class PhoneBook:
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
    count: int,
    streams: Streams,
    season: Season,
    rates: PopulationRates,
    book: PhoneBook | None = None,
    taken: Words = NO_WORDS,
) -> Population:
    """`count` persons, the same ones for the same streams.

    People that are to live beside others get their numbers from the same `book`,
    and no mailbox that is `taken`.
    """
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
    book = book or PhoneBook(streams("phone.offsets"))
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

    email, second_email = make_mailboxes(
        country, given, surname, company, streams, rates.second_email, taken
    )
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
        company=company,
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
