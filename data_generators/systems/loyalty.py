"""The `loyalty` programme of the shop: accounts and every movement of points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data_generators.draws import Ints
from data_generators.faults import Faults
from data_generators.files import Columns, Table
from data_generators.pictures import Picture
from data_generators.records import Records
from data_generators.rows import Bytes, dates, numbered, timestamps, whole
from data_generators.sales import COMPLETED, ONLINE, STORE
from data_generators.systems import shop
from data_generators.world import World

JOINS = 0.45
"""Share of the shop's customer records with an account."""
WELCOME = 100
"""Points for joining."""
REWARD = 500
"""Points that a reward costs."""
REDEEMS = 0.6
"""Chance that somebody takes a reward whenever they could."""

GOODWILL = 0.01
"""Share of the purchases after which somebody gets points for a complaint."""
GOODWILL_POINTS = 50

_REASONS = ("Welcome bonus", "Purchase", "Reward redeemed", "Goodwill adjustment")
_WELCOME, _PURCHASE, _REDEEMED, _GOODWILL = range(4)
_TIERS = ("Bronze", "Silver", "Gold", "Platinum")
_TIER_POINTS = (500, 1500, 4000)
"""Points ever earned from which the next tier begins."""
_NO_ACCOUNT = -1
_DAY = 86_400


@dataclass(frozen=True)
class _Movements:
    """Movements of points in order of time; one entry each in every array."""

    account: Ints
    seconds: Ints
    points: Ints
    reason: Ints

    def __len__(self) -> int:
        return len(self.account)


def picture(world: World) -> Picture:
    """Accounts whose balance is the sum of their movements, after every delivery."""
    streams = world.streams.under("loyalty")
    records = world.once(shop.customers)
    count = len(records)
    wait = streams("account.wait").exponential(count) * 30 * _DAY
    at_once = streams("account.at_once").chance(count, 0.5)
    opened = records.seconds + np.where(at_once, 0, wait).astype(np.int64)
    chosen = np.flatnonzero(
        streams("account.joins").chance(count, JOINS)
        & ~records.is_test
        & (world.delivery(opened) <= world.days)
    )
    # numbered in order of opening
    chosen = chosen[np.argsort(opened[chosen], kind="stable")]
    opened = opened[chosen]
    account_of = np.full(count, _NO_ACCOUNT, dtype=np.int64)
    account_of[chosen] = np.arange(len(chosen))

    moves = _movements(world, records, account_of, opened)
    faults = Faults(len(moves), world.rates.of("loyalty"), streams)
    delivery = world.delivery(moves.seconds)

    def render(rows: Ints) -> Columns:
        return [
            account_ids(moves.account[rows]),
            timestamps(moves.seconds[rows]),
            whole(moves.points[rows]),
            faults.labels(rows, _REASONS, moves.reason[rows]),
        ]

    columns = ("LoyaltyID", "DateTime", "PointsChange", "Reason")
    return Picture(
        tables=[
            _accounts(world, records, chosen, opened, moves),
            Table("loyalty/LoyaltyTransactions.csv", columns, delivery, render),
        ]
    )


def account_ids(accounts: Ints) -> Bytes:
    """L0000042 for 41."""
    return numbered("L", accounts + 1, 7)


def _movements(
    world: World, records: Records, account_of: Ints, opened: Ints
) -> _Movements:
    streams = world.streams.under("loyalty")
    sales = world.delivered(world.sales.of(ONLINE, STORE))
    sales = sales.where(sales.status == COMPLETED)
    # a till or a web shop knows the card whatever customer record it writes down
    record = records.at(sales.person, sales.seconds, streams("card"))
    # all is drawn sale by sale, in order of time, so that what comes later changes
    # nothing about what was before
    count = len(sales)
    takes = streams("reward").chance(count, REDEEMS)
    taken_after = 3600 + streams("reward.later").below(40_000, count)
    pleased = streams("goodwill").chance(count, GOODWILL)
    account = account_of[record]
    bought = np.flatnonzero(account != _NO_ACCOUNT)
    bought = bought[sales.seconds[bought] >= opened[account[bought]]]
    bought = bought[np.argsort(account[bought], kind="stable")]
    account = account[bought]
    seconds, points = sales.seconds[bought], sales.cents[bought] // 100

    running = np.cumsum(points)
    first = np.searchsorted(account, account)
    earned = WELCOME + running - (running - points)[first]
    rewards = earned // REWARD - (earned - points) // REWARD
    rewards = np.where(takes[bought], rewards, 0)
    rewarded, given = np.flatnonzero(rewards), np.flatnonzero(pleased[bought])
    everyone = np.arange(len(opened))
    parts = [
        (everyone, opened, np.full(len(opened), WELCOME), _WELCOME),
        (account, seconds, points, _PURCHASE),
        (
            account[rewarded],
            seconds[rewarded] + taken_after[bought[rewarded]],
            -REWARD * rewards[rewarded],
            _REDEEMED,
        ),
        (
            account[given],
            seconds[given] + _DAY,
            np.full(len(given), GOODWILL_POINTS),
            _GOODWILL,
        ),
    ]
    account, seconds, points = (
        np.concatenate([part[column] for part in parts]) for column in range(3)
    )
    reason = np.concatenate([np.full(len(part[0]), part[3]) for part in parts])
    order = np.lexsort((reason, account, seconds))
    order = order[world.delivery(seconds[order]) <= world.days]
    return _Movements(account[order], seconds[order], points[order], reason[order])


def _accounts(
    world: World, records: Records, chosen: Ints, opened: Ints, moves: _Movements
) -> Table:
    """A row for each account in the delivery that it came with, and again in each
    one in which its points moved."""
    account, points = moves.account, moves.points
    delivery = world.delivery(moves.seconds)
    steps = world.days + 1
    moved = np.unique(account * steps + delivery)
    of, when = moved // steps, moved % steps
    order = np.lexsort((of, when))
    of, when = of[order], when[order]
    # the balance at the end of a delivery: all movements up to it
    by_step = np.argsort(account * steps + delivery, kind="stable")
    key = (account * steps + delivery)[by_step]
    end = np.searchsorted(key, of * steps + when, side="right")
    begin = np.searchsorted(key, of * steps)
    sums = np.concatenate([[0], np.cumsum(points[by_step])])
    earned = np.concatenate([[0], np.cumsum(np.maximum(points[by_step], 0))])
    balance = sums[end] - sums[begin]
    tier = np.searchsorted(_TIER_POINTS, earned[end] - earned[begin], side="right")
    faults = Faults(
        len(opened), world.rates.of("loyalty"), world.streams.under("loyalty.accounts")
    )

    def render(rows: Ints) -> Columns:
        which = of[rows]
        return [
            account_ids(which),
            faults.customers(
                which, shop.customer_ids(records.number[chosen[which]]), shop.UNKNOWN
            ),
            whole(balance[rows]),
            faults.labels(which, _TIERS, tier[rows]),
            dates(opened[which]),
        ]

    return Table(
        "loyalty/LoyaltyAccounts.csv",
        ("LoyaltyID", "CustomerID", "PointsEarned", "TierLevel", "JoinDate"),
        when,
        render,
    )
