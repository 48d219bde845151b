"""Who the people are and which systems know them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from customer360.errors import UserError
from data_generators.draws import Bools, Ints, Streams
from data_generators.population import (
    NONE,
    PhoneBook,
    Population,
    PopulationRates,
    make_population,
)
from data_generators.rates import Rates
from data_generators.sales import OUTLETS
from data_generators.season import FUTURE_DAYS, HISTORY_DAYS, Season


@dataclass(frozen=True)
class MembershipRates:
    """Which systems know whom: shares of the people of the csv extract, and of the
    others."""

    others: float = 0.30
    """People whom the csv extract does not know, for each one it knows."""
    prospects: float = 0.35
    """Share of those others who never buy anything."""
    newcomers_in_csv: float = 0.6
    """Share of the people who join after `until` whom the extract then gets."""
    known: Mapping[str, tuple[float, float]] = field(
        default_factory=lambda: {
            "shop": (0.45, 0.50),
            "retail": (0.15, 0.20),
            "insights": (0.08, 0.10),
            "insights_last": (0.06, 0.06),
            "dealer": (0.08, 0.10),
            "stripe": (0.10, 0.10),
            "salesforce": (0.15, 0.15),
            "salesforce_leads": (0.03, 0.20),
            "dynamics": (0.12, 0.12),
            "hubspot": (0.18, 0.30),
            "mailing": (0.50, 0.50),
            "web": (0.45, 0.50),
        }
    )
    """Customers of the shop, of the retail chain and so on; `mailing` is the list
    of the e-mail campaigns, `web` the users of the web site."""


TESTED = (
    "csv",
    "shop",
    "retail",
    "insights",
    "dealer",
    "stripe",
    "salesforce",
    "dynamics",
    "hubspot",
)
"""Systems that have test accounts; the extract's are among its own people."""

_SELLERS = ("shop", "retail", "insights", "insights_last", "dealer", "stripe")
_SALES_FORCES = ("salesforce", "salesforce_leads", "dynamics", "hubspot")


@dataclass(frozen=True)
class Extract:
    """How many rows of which kind the csv extract's base file holds."""

    persons: int
    reentered: int
    resent: int
    corrected: int
    tests: int

    @staticmethod
    def of(rows: int, all_rates: Rates) -> Extract:
        """What a file of exactly so many rows holds."""
        rates = all_rates.of("csv")
        resent = int(rows * rates.resent)
        corrected = int(rows * rates.corrected)
        reentered = int(rows * rates.duplicates)
        persons = rows - resent - corrected - reentered
        if persons < 1:
            raise UserError("So many rows sent again leave no row for a person.")
        return Extract(
            persons=persons,
            reentered=reentered,
            resent=resent,
            corrected=corrected,
            tests=int(rows * rates.test_accounts),
        )


@dataclass(frozen=True)
class Crowd:
    """All people; one entry a person in every array."""

    people: Population
    csv_order: Ints
    """The people of the extract in a random order; its test accounts come first."""
    tester_of: Ints
    """Index into `TESTED` of the system whose test account it is, or `NONE`."""
    member: Mapping[str, Bools]
    """Customers and users of each system, without its test accounts."""
    has_outlet: Bools
    """There is somewhere for them to buy goods."""


def make_crowd(
    extract: Extract,
    streams: Streams,
    season: Season,
    rates: Rates,
    population: PopulationRates,
    membership: MembershipRates,
) -> Crowd:
    """The people of the csv extract, the others, and who joins after `until`."""
    known = extract.persons
    newcomers = round(known * (1 + membership.others) * FUTURE_DAYS / HISTORY_DAYS)
    share = rates.everywhere.test_accounts / 3
    tests = (len(TESTED) - 1) * max(round(known * share), 1)
    others = tests + round(known * membership.others) + newcomers

    book = PhoneBook(streams("phone.offsets"))
    first = make_population(known, streams, season, population, book)
    taken = np.concatenate([first.email, first.second_email[first.second_email != ""]])
    rest = make_population(
        others, streams.under("others"), season, population, book, taken
    )
    future = season.horizon - season.weeks
    rest.joined[others - newcomers :] = season.weeks + future * streams(
        "others.newcomers"
    ).uniform(newcomers)
    people = first + rest

    tester_of = np.full(len(people), NONE, dtype=np.int64)
    order = np.argsort(streams("record.tests").uniform(known), kind="stable")
    tester_of[order[: min(extract.tests, known - 1)]] = TESTED.index("csv")
    tester_of[known : known + tests] = 1 + np.arange(tests) % (len(TESTED) - 1)

    member, has_outlet = _memberships(
        tester_of == NONE,
        np.arange(len(people)) < known,
        np.arange(len(people)) >= len(people) - newcomers,
        streams,
        membership,
    )
    return Crowd(people, order, tester_of, member, has_outlet)


def _memberships(
    real: Bools,
    in_csv: Bools,
    newcomer: Bools,
    streams: Streams,
    membership: MembershipRates,
) -> tuple[dict[str, Bools], Bools]:
    """Who is known to each system, and who has somewhere to buy goods."""
    count = len(real)
    member = {
        system: real
        & streams(f"member.{system}").chance(count, np.where(in_csv, *shares))
        for system, shares in membership.known.items()
    }
    gets_into_csv = streams("member.csv").chance(count, membership.newcomers_in_csv)
    member["csv"] = real & (in_csv | (newcomer & gets_into_csv))
    prospect = ~in_csv & streams("member.prospect").chance(count, membership.prospects)
    for system in _SELLERS:
        member[system] &= ~prospect
    # who is no prospect buys somewhere, and who does not is known to somebody
    has_outlet = np.zeros(count, dtype=bool)
    for system, _ in OUTLETS:
        has_outlet |= member[system]
    member["shop"] |= real & ~prospect & ~has_outlet
    has_outlet |= member["shop"]
    known = has_outlet.copy()
    for system in (*_SELLERS, *_SALES_FORCES):
        known |= member[system]
    member["hubspot"] |= real & ~known
    return member, has_outlet
