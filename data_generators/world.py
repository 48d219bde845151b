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
from data_generators.crowd import TESTED, Extract, MembershipRates, make_crowd
from data_generators.draws import Bools, Ints, Stream, Streams
from data_generators.population import Population, PopulationRates
from data_generators.purchases import Buyers, PurchaseProcess, make_purchases
from data_generators.rates import Rates
from data_generators.rows import Bytes, numbered
from data_generators.sales import LAST, Sales, first_sale, sell
from data_generators.season import Season

T = TypeVar("T")

AGENTS = 24
STORES = 30
_DAY = 86_400


@dataclass(frozen=True)
class Options:
    """What the world and the pictures of it are like."""

    rates: Rates = field(default_factory=Rates)
    population: PopulationRates = field(default_factory=PopulationRates)
    membership: MembershipRates = field(default_factory=MembershipRates)
    purchases: PurchaseProcess = field(default_factory=PurchaseProcess)
    support: SupportEffect = field(default_factory=SupportEffect)
    campaigns: CampaignEffect = field(default_factory=CampaignEffect)


@dataclass(frozen=True)
class World:
    """Everything that is so; one entry a person in every array of people."""

    streams: Streams
    season: Season
    options: Options
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
    _made: dict[Any, Any] = field(default_factory=dict, repr=False)

    def once(self, make: Callable[[World], T]) -> T:
        """What `make` makes of this world, made the first time it is asked for.

        For what several systems show.
        """
        if make not in self._made:
            self._made[make] = make(self)
        return self._made[make]

    @property
    def rates(self) -> Rates:
        """How messy each system is."""
        return self.options.rates

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
    customer_records: int, streams: Streams, season: Season, days: int, options: Options
) -> World:
    """The world around a csv extract of so many rows."""
    extract = Extract.of(customer_records, options.rates)
    crowd = make_crowd(
        extract,
        streams,
        season,
        options.rates,
        options.population,
        options.membership,
    )
    people, member = crowd.people, crowd.member
    # the extract's test accounts buy as well: somebody tests the till
    tests = crowd.tester_of == TESTED.index("csv")
    outlets = {**member, "csv": member["csv"] | tests}
    purchases, buyers = make_purchases(
        people, streams, season, options.purchases, crowd.has_outlet | tests
    )
    products = make_products(streams)
    sales = sell(purchases, outlets, products, streams)
    sales = sales.moved(_last_purchases(sales, member, season, streams), LAST)
    joined = season.seconds(people.joined)
    sales, cases, gone = support(
        sales,
        member["shop"],
        people.joined,
        buyers.left,
        season,
        AGENTS,
        streams,
        options.support,
    )
    campaigns = make_campaigns(season, options.campaigns)
    reached = reach(
        campaigns,
        member["mailing"],
        member["web"],
        joined,
        streams,
        options.campaigns,
    )
    extra, campaign = extra_purchases(
        campaigns,
        reached,
        buyers,
        buyers.buys & crowd.has_outlet,
        gone,
        season.horizon_end,
        streams,
        options.purchases,
        options.campaigns,
    )
    return World(
        streams=streams,
        season=season,
        options=options,
        days=days,
        people=people,
        extract=extract,
        csv_order=crowd.csv_order,
        joined=joined,
        member=member,
        tester_of=crowd.tester_of,
        buyers=buyers,
        sales=sales
        + sell(extra, outlets, products, streams.under("campaign"), campaign),
        gone=gone,
        cases=cases,
        campaigns=campaigns,
        reached=reached,
        products=products,
        stores=make_stores(STORES, streams),
    )


def _last_purchases(
    sales: Sales, member: Mapping[str, Bools], season: Season, streams: Streams
) -> Ints:
    """One purchase of each customer of the outlet that knows only one of each."""
    known = member["insights_last"][sales.person]
    rows = np.flatnonzero(known & (sales.seconds < season.end))
    draws = streams("sale.last").uniform(len(rows))
    rows = rows[np.lexsort((draws, sales.person[rows]))]
    return rows[np.diff(sales.person[rows], prepend=-1) > 0]
