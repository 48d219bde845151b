"""What people buy and when: the BG/NBD process with Gamma-Gamma spending.

After the first purchase others follow as a Poisson process at each person's own
rate, and after every one of those the person may leave for good, with a
probability of their own (Fader, Hardie, Lee 2005). What they spend varies around
each person's own mean (Fader, Hardie 2013). All of it happens in operational
time: see `season`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data_generators.draws import Bools, Floats, Ints, Stream, Streams
from data_generators.population import Population
from data_generators.season import Season


@dataclass(frozen=True)
class PurchaseProcess:
    """Parameters of the process; time in operational weeks, money in USD."""

    never_buys: float = 0.12
    """Share of persons who register and buy nothing."""
    buys_at_once: float = 0.6
    """Share of buyers whose first purchase falls on the moment they join; the
    others wait."""
    first_wait_weeks: float = 3.0
    """Mean of that wait, exponential."""
    r: float = 0.5
    alpha: float = 4.0
    """Purchases a week ~ Gamma(r, rate alpha): 0.125 on average."""
    a: float = 0.6
    b: float = 2.2
    """Chance of leaving after a repeat purchase ~ Beta(a, b): 0.21 on average."""
    p: float = 4.5
    q: float = 2.8
    gamma: float = 26.0
    """One amount ~ Gamma(p, rate nu), nu of a person ~ Gamma(q, rate gamma): 65 on
    average, p * gamma / (q - 1)."""
    smallest_amount: float = 1.0


@dataclass(frozen=True)
class Buyers:
    """What the process holds for each person; one entry a person."""

    buys: Bools
    rate: Floats
    """Purchases an operational week."""
    leaving: Floats
    """Chance of leaving after a repeat purchase."""
    left: Ints
    """When the person left for good, in seconds since 1970; `STAYED` for others."""
    spend: Floats
    """Scale of the person's amounts: see `amounts`."""


@dataclass(frozen=True)
class Purchases:
    """All purchases in order of time; one entry each in every array."""

    person: Ints
    seconds: Ints
    """Seconds since 1970."""
    cents: Ints

    def __len__(self) -> int:
        return len(self.person)


STAYED = 2**62
"""A time that never comes."""


def make_purchases(
    population: Population,
    streams: Streams,
    season: Season,
    process: PurchaseProcess,
    may_buy: Bools,
) -> tuple[Purchases, Buyers]:
    """The purchases of the population, from joining to the season's horizon.

    Whoever may not buy, does not: prospects and test accounts.
    """
    count = len(population)
    wait = np.where(
        streams("buyer.at_once").chance(count, process.buys_at_once),
        0.0,
        process.first_wait_weeks * streams("buyer.wait").exponential(count),
    )
    first = population.joined + wait
    buys = may_buy & ~streams("buyer.never").chance(count, process.never_buys)
    rate = streams("buyer.rate").gamma(count, process.r) / process.alpha
    leaving = streams("buyer.leaving").beta(count, process.a, process.b)

    waits = streams("purchase.wait")
    leaves = streams("purchase.leaves")
    active = np.flatnonzero(buys & (first < season.horizon))
    when = first[active]
    persons: list[Ints] = []
    weeks: list[Floats] = []
    left = np.full(count, np.inf)
    while len(active):
        persons.append(active)
        weeks.append(when)
        # in the BG/NBD model nobody leaves after the first purchase
        if len(persons) > 1:
            stays = ~leaves.chance(len(active), leaving[active])
            left[active[~stays]] = when[~stays]
            active, when = active[stays], when[stays]
        when = when + waits.exponential(len(active)) / rate[active]
        in_time = when < season.horizon
        active, when = active[in_time], when[in_time]

    person = np.concatenate([*persons, np.empty(0, dtype=np.int64)])
    week = np.concatenate([*weeks, np.empty(0)])
    order = np.lexsort((person, week))
    person, week = person[order], week[order]

    gone = np.isfinite(left)
    left_seconds = np.full(count, STAYED, dtype=np.int64)
    left_seconds[gone] = season.seconds(left[gone])
    scale = process.gamma / streams("buyer.spend").gamma(count, process.q)
    cents = amounts(scale[person], streams("purchase.spend"), process)
    return (
        Purchases(person, season.seconds(week), cents),
        Buyers(buys, rate, leaving, left_seconds, scale),
    )


def amounts(scale: Floats, stream: Stream, process: PurchaseProcess) -> Ints:
    """Amounts in cents, one for each entry of `scale`."""
    amount = stream.gamma(len(scale), process.p) * scale
    cents = np.rint(np.maximum(amount, process.smallest_amount) * 100)
    return cents.astype(np.int64)
