"""Where each purchase is made, and what becomes of it.

Every purchase is made in exactly one outlet, one the person is on record with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import numpy as np

from data_generators.catalogue import Products
from data_generators.draws import Bools, Ints, Streams
from data_generators.purchases import Purchases

CSV, ONLINE, STORE, RETAIL, SESSION, LAST = range(6)
"""The csv extract, the shop's web site and tills, the retail chain, the sessions
of `insights`, and its other extract with one purchase a customer."""

OUTLETS: tuple[tuple[str, float], ...] = (
    ("csv", 40),
    ("shop", 26),
    ("shop", 16),
    ("retail", 18),
    ("insights", 12),
)
"""The system of each outlet but the last, and how much it draws its customers."""

COMPLETED, PENDING, CANCELLED, REFUNDED, FAILED = range(5)
STATUS_NAMES = ("completed", "pending", "cancelled", "refunded", "failed")
_STATUS_WEIGHTS: Mapping[int, tuple[float, ...]] = {
    CSV: (88, 3, 4, 3, 2),
    ONLINE: (87.5, 0.5, 4, 4, 4),
    STORE: (1, 0, 0, 0, 0),
    RETAIL: (1, 0, 0, 0, 0),
    SESSION: (89, 0, 6, 5, 0),
    LAST: (1, 0, 0, 0, 0),
}
_UNITS = (70, 20, 10)
"""Weights of one, two and three units."""

_SLOW = 0.04
"""Share of the web site's orders that are pending for some days at first."""
_DAY = 86_400

NO_CAMPAIGN = -1


@dataclass(frozen=True)
class Sales:
    """Purchases in order of time; one entry each in every array."""

    person: Ints
    seconds: Ints
    cents: Ints
    outlet: Ints
    status: Ints
    """What becomes of it in the end."""
    at_first: Ints
    """What it is before it is settled."""
    settled: Ints
    """When it is, in seconds since 1970: for most at once."""
    product: Ints
    """Index into the catalogue; without meaning in csv, at a till and for `LAST`."""
    units: Ints
    campaign: Ints
    """The campaign that caused it, or `NO_CAMPAIGN`: made in any case."""

    def __len__(self) -> int:
        return len(self.person)

    def where(self, chosen: Bools | Ints) -> Sales:
        """Some of them."""
        return Sales(*(getattr(self, f.name)[chosen] for f in fields(self)))

    def status_at(self, seconds: int) -> Ints:
        """The statuses as they are known at that time."""
        return np.where(self.settled < seconds, self.status, self.at_first)

    def of(self, *outlets: int) -> Sales:
        """Those of some outlets."""
        return self.where(np.isin(self.outlet, outlets))

    def moved(self, rows: Ints, outlet: int) -> Sales:
        """The sales, with some of them made in another outlet, and settled there."""
        there = np.zeros(len(self), dtype=bool)
        there[rows] = True
        return replace(
            self,
            outlet=np.where(there, outlet, self.outlet),
            status=np.where(there, COMPLETED, self.status),
            at_first=np.where(there, COMPLETED, self.at_first),
            settled=np.where(there, self.seconds, self.settled),
        )

    def __add__(self, others: Sales) -> Sales:
        both = Sales(
            *(
                np.concatenate([getattr(self, f.name), getattr(others, f.name)])
                for f in fields(self)
            )
        )
        return both.where(np.lexsort((both.person, both.seconds)))


def sell(
    purchases: Purchases,
    member: Mapping[str, Bools],
    products: Products,
    streams: Streams,
    campaign: Ints | None = None,
) -> Sales:
    """Purchases with their outlets, statuses and products."""
    count, person = len(purchases), purchases.person
    total = np.zeros(len(member["csv"]))
    for system, weight in OUTLETS:
        total += member[system] * float(weight)
    # a little less than the total, or rounding would leave some draws without outlet
    left = streams("sale.outlet").uniform(count) * (total[person] * (1 - 1e-9))
    outlet = np.full(count, NO_CAMPAIGN, dtype=np.int8)
    for index, (system, weight) in enumerate(OUTLETS):
        share = member[system][person] * float(weight)
        outlet[(outlet < 0) & (left < share)] = index
        left -= share

    status = np.zeros(count, dtype=np.int8)
    for index, weights in _STATUS_WEIGHTS.items():
        rows = np.flatnonzero(outlet == index)
        drawn = streams(f"sale.status_{index}").choice(len(rows), weights)
        status[rows] = drawn
    at_first, waits = status.copy(), np.zeros(count, dtype=np.int64)
    online = outlet == ONLINE
    refunded = np.flatnonzero(online & (status == REFUNDED))
    at_first[refunded] = COMPLETED
    waits[refunded] = streams("sale.refunded").below(17 * _DAY, len(refunded))
    waits[refunded] += 3 * _DAY
    slow = online & np.isin(status, (COMPLETED, CANCELLED))
    slow = np.flatnonzero(slow & streams("sale.slow").chance(count, _SLOW))
    at_first[slow] = PENDING
    waits[slow] = streams("sale.slowness").below(3 * _DAY, len(slow)) + _DAY
    units = 1 + streams("sale.units").choice(count, _UNITS)
    product = products.near(purchases.cents // units, streams("sale.product"))
    cents = purchases.cents.copy()
    priced = np.isin(outlet, (ONLINE, RETAIL, SESSION))
    cents[priced] = (products.cents[product] * units)[priced]
    return Sales(
        person=person,
        seconds=purchases.seconds,
        cents=cents,
        outlet=outlet,
        status=status,
        at_first=at_first,
        settled=purchases.seconds + waits,
        product=product.astype(np.int16),
        units=units.astype(np.int8),
        campaign=np.full(count, NO_CAMPAIGN, dtype=np.int16)
        if campaign is None
        else campaign,
    )


def first_sale(sales: Sales, outlets: tuple[int, ...], people: int, never: int) -> Ints:
    """When each person first bought in one of these outlets, or `never`."""
    first = np.full(people, never, dtype=np.int64)
    chosen = np.flatnonzero(np.isin(sales.outlet, outlets))[::-1]
    # sales stand in order of time: the earliest is written last
    first[sales.person[chosen]] = sales.seconds[chosen]
    return first
