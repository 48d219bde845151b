"""The one world that every system shows its own picture of.

Who the people are, which systems know them, what they buy where, what the
campaigns and the support do to that. It is simulated from three years before
`until` to some days after it, whatever is written of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from data_generators.campaigns import (
    CampaignEffect,
    Campaigns,
    Reached,
    extra_purchases,
    make_campaigns,
    reach,
)
from data_generators.care import Cases, SupportEffect, support
from data_generators.catalogue import Products, Stores, make_products, make_stores
from data_generators.draws import Bools, Ints, Stream, Streams
from data_generators.population import (
    NONE,
    PhoneBook,
    Population,
    PopulationRates,
    make_population,
)
from data_generators.purchases import Buyers, PurchaseProcess, make_purchases
from data_generators.rates import Rates
from data_generators.rows import Bytes, numbered
from data_generators.sales import LAST, OUTLETS, Sales, first_sale, sell
from data_generators.season import FUTURE_DAYS, HISTORY_DAYS, Season

T = TypeVar("T")

AGENTS = 24
STORES = 30
_DAY = 86_400


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
        return Extract(
            persons=rows - resent - corrected - reentered,
            reentered=reentered,
            resent=resent,
            corrected=corrected,
            tests=int(rows * rates.test_accounts),
        )


@dataclass(frozen=True)
class World:
    """Everything that is so; one entry a person in every array of people."""

    streams: Streams
    season: Season
    rates: Rates
    process: PurchaseProcess
    days: int
    """Days after `until` that are delivered as well."""
    people: Population
    extract: Extract
    """The first so many people are those of the csv extract at `until`."""
    csv_order: Ints
    """Those in a random order; the test accounts of the extract come first."""
    joined: Ints
    """Seconds since 1970."""
    member: Mapping[str, Bools]
    tester_of: Ints
    """Index into `TESTED` of the system whose test account it is, or `NONE`."""
    buyers: Buyers
    sales: Sales
    gone: Ints
    """When each person left for good, for whatever reason; see `STAYED`."""
    cases: Cases
    campaigns: Campaigns
    reached: Reached
    products: Products
    stores: Stores
    campaign_effect: CampaignEffect
    support_effect: SupportEffect
    _made: dict[Any, Any] = field(default_factory=dict, repr=False)

    def once(self, make: Callable[[World], T]) -> T:
        """What `make` makes of this world, made the first time it is asked for.

        For what several systems show.
        """
        if make not in self._made:
            self._made[make] = make(self)
        return self._made[make]

    @property
    def csv_people(self) -> int:
        """How many people the csv extract knows at `until`."""
        return self.extract.persons

    @property
    def delivered_until(self) -> int:
        """Seconds since 1970 at which the last delivery ends."""
        return self.season.end + self.days * _DAY

    def delivery(self, seconds: Ints) -> Ints:
        """In which delivery something appears: 0 the base files, 1 the first day
        after `until`, and so on."""
        return np.maximum((seconds - self.season.end) // _DAY + 1, 0)

    def sometime(self, person: Ints, stream: Stream) -> Ints:
        """A moment for each of these people between joining and the horizon."""
        return self.season.sometime(self.people.joined[person], stream)

    def delivered(self, sales: Sales) -> Sales:
        """Those sales that the deliveries show."""
        return sales.where(self.delivery(sales.seconds) <= self.days)

    def is_tester(self, system: str) -> Bools:
        """The test accounts of a system."""
        return self.tester_of == TESTED.index(system)

    def members(self, system: str) -> Bools:
        """Everybody whom the system knows, its test accounts among them."""
        return self.member[system] | self.is_tester(system)

    def first_sale(self, *outlets: int) -> Ints:
        """When each person first bought there, or the horizon."""
        return first_sale(
            self.sales, outlets, len(self.people), self.season.horizon_end
        )


def person_ids(persons: Ints) -> Bytes:
    """P0000042 for 41."""
    return numbered("P", persons + 1, 7)


def make_world(
    extract: Extract,
    streams: Streams,
    season: Season,
    days: int,
    rates: Rates,
    population_rates: PopulationRates,
    membership: MembershipRates,
    process: PurchaseProcess,
    campaign_effect: CampaignEffect,
    support_effect: SupportEffect,
) -> World:
    """The world around the people of the csv extract."""
    csv_people = extract.persons
    newcomers = round(csv_people * (1 + membership.others) * FUTURE_DAYS / HISTORY_DAYS)
    tests = (len(TESTED) - 1) * max(
        round(csv_people * rates.everywhere.test_accounts / 3), 1
    )
    others = tests + round(csv_people * membership.others) + newcomers

    book = PhoneBook(streams("phone.offsets"))
    known = make_population(csv_people, streams, season, population_rates, book)
    rest = make_population(
        others,
        streams.under("others"),
        season,
        population_rates,
        book,
        np.concatenate([known.email, known.second_email[known.second_email != ""]]),
    )
    # the last ones join after `until`
    future = season.horizon - season.weeks
    rest.joined[others - newcomers :] = season.weeks + future * streams(
        "others.newcomers"
    ).uniform(newcomers)
    people = known + rest
    count = len(people)

    tester_of = np.full(count, NONE, dtype=np.int64)
    shuffled = np.argsort(streams("record.tests").uniform(csv_people), kind="stable")
    tester_of[shuffled[: min(extract.tests, csv_people - 1)]] = TESTED.index("csv")
    first = csv_people + np.arange(tests)
    tester_of[first] = 1 + np.arange(len(first)) % (len(TESTED) - 1)

    is_csv = np.arange(count) < csv_people
    member = {
        system: streams(f"member.{system}").chance(count, np.where(is_csv, *shares))
        & (tester_of == NONE)
        for system, shares in membership.known.items()
    }
    is_newcomer = np.arange(count) >= count - newcomers
    member["csv"] = (is_csv & (tester_of == NONE)) | (
        is_newcomer
        & streams("member.csv").chance(count, membership.newcomers_in_csv)
        & (tester_of == NONE)
    )
    prospect = ~is_csv & streams("member.prospect").chance(count, membership.prospects)
    for system in ("shop", "retail", "insights", "insights_last", "dealer", "stripe"):
        member[system] &= ~prospect
    sells = np.zeros(count, dtype=bool)
    for system, _ in OUTLETS:
        sells |= member[system]
    homeless = (tester_of == NONE) & ~prospect & ~sells
    member["shop"] |= homeless
    sells |= homeless
    known_somewhere = sells | member["dealer"] | member["stripe"]
    for system in ("salesforce", "salesforce_leads", "dynamics", "hubspot"):
        known_somewhere |= member[system]
    member["hubspot"] |= (tester_of == NONE) & ~known_somewhere

    is_csv_test = tester_of == TESTED.index("csv")
    purchases, buyers = make_purchases(
        people, streams, season, process, sells | is_csv_test
    )
    products = make_products(streams)
    outlets = dict(member) | {"csv": member["csv"] | is_csv_test}
    sales = sell(purchases, outlets, products, streams)
    sales = _last_purchases(sales, member["insights_last"], season, streams)
    joined = season.seconds(people.joined)
    sales, cases, gone = support(
        sales,
        member["shop"],
        people.joined,
        buyers.left,
        season,
        AGENTS,
        streams,
        support_effect,
    )
    campaigns = make_campaigns(season, campaign_effect)
    reached = reach(
        campaigns,
        member["mailing"],
        member["web"],
        joined,
        streams,
        campaign_effect,
    )
    extra, campaign = extra_purchases(
        campaigns,
        reached,
        buyers,
        buyers.buys & sells,
        gone,
        season.horizon_end,
        streams,
        process,
        campaign_effect,
    )
    sales += sell(extra, outlets, products, streams.under("campaign"), campaign)
    return World(
        streams=streams,
        season=season,
        rates=rates,
        process=process,
        days=days,
        people=people,
        extract=extract,
        csv_order=shuffled,
        joined=joined,
        member=member,
        tester_of=tester_of,
        buyers=buyers,
        sales=sales,
        gone=gone,
        cases=cases,
        campaigns=campaigns,
        reached=reached,
        products=products,
        stores=make_stores(STORES, streams),
        campaign_effect=campaign_effect,
        support_effect=support_effect,
    )


def _last_purchases(
    sales: Sales, members: Bools, season: Season, streams: Streams
) -> Sales:
    """One purchase of each member made in the outlet that knows only one."""
    rows = np.flatnonzero(members[sales.person] & (sales.seconds < season.end))
    draws = streams("sale.last").uniform(len(rows))
    order = np.lexsort((draws, sales.person[rows]))
    rows = rows[order]
    first = np.r_[True, sales.person[rows][1:] != sales.person[rows][:-1]][: len(rows)]
    sales.outlet[rows[first]] = LAST
    sales.status[rows[first]] = 0
    return sales
