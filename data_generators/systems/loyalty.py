"""The `loyalty` programme of the shop: accounts and every movement of points."""

from __future__ import annotations

import numpy as np

from data_generators.draws import Ints
from data_generators.files import Columns, Table
from data_generators.pictures import Picture
from data_generators.rows import Bytes, dates, numbered, timestamps, vocabulary, whole
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

_REASONS = ("Welcome bonus", "Purchase", "Reward redeemed", "Goodwill adjustment")
_WELCOME, _PURCHASE, _REDEEMED, _GOODWILL = range(4)
_TIERS = ("Bronze", "Silver", "Gold", "Platinum")
_TIER_POINTS = (500, 1500, 4000)
"""Points ever earned from which the next tier begins."""


def picture(world: World) -> Picture:
    """Accounts whose balance is the sum of their movements, after every delivery."""
    streams = world.streams.under("loyalty")
    records = shop.customers(world)
    count = len(records)
    wait = streams("account.wait").exponential(count) * 30 * 86_400
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
    account_of = np.full(count, -1, dtype=np.int64)
    account_of[chosen] = np.arange(len(chosen))

    account, seconds, points, reason = _movements(world, records, account_of, opened)
    delivery = world.delivery(seconds)
    movements = Table(
        "loyalty/LoyaltyTransactions.csv",
        ("LoyaltyID", "DateTime", "PointsChange", "Reason"),
        delivery,
        _movement_columns(account, seconds, points, reason),
    )
    accounts = _accounts(world, records, chosen, opened, account, points, delivery)
    return Picture(tables=[accounts, movements])


def account_ids(accounts: Ints) -> Bytes:
    """L0000042 for 41."""
    return numbered("L", accounts + 1, 7)


def _movements(
    world: World, records: shop.Records, account_of: Ints, opened: Ints
) -> tuple[Ints, Ints, Ints, Ints]:
    """Account, time, points and reason of every movement, in order of time."""
    streams = world.streams.under("loyalty")
    sales = world.sales.of(ONLINE, STORE)
    sales = sales.where(
        (world.delivery(sales.seconds) <= world.days) & (sales.status == COMPLETED)
    )
    # a till or a web shop knows the card whatever customer record it writes down
    record = records.at(sales.person, sales.seconds, streams("card"))
    bought = np.flatnonzero(account_of[record] >= 0)
    account = account_of[record[bought]]
    seconds, points = sales.seconds[bought], sales.cents[bought] // 100
    after = seconds >= opened[account]
    account, seconds, points = account[after], seconds[after], points[after]
    everyone = np.arange(len(opened))
    account = np.concatenate([everyone, account])
    seconds = np.concatenate([opened, seconds])
    points = np.concatenate([np.full(len(opened), WELCOME), points])
    reason = np.where(np.arange(len(account)) < len(opened), _WELCOME, _PURCHASE)

    order = np.lexsort((reason, seconds, account))
    account, seconds = account[order], seconds[order]
    points, reason = points[order], reason[order]
    running = np.cumsum(points)
    first = np.searchsorted(account, account)
    earned = running - (running - points)[first]
    rewards = earned // REWARD - (earned - points) // REWARD
    takes = (rewards > 0) & streams("reward").chance(len(account), REDEEMS)
    rows = np.flatnonzero(takes)
    goodwill = np.flatnonzero(
        (reason == _PURCHASE) & streams("goodwill").chance(len(account), 0.01)
    )
    later = seconds[rows] + 3600 + streams("reward.later").below(40_000, len(rows))
    given = seconds[goodwill] + 86_400
    account = np.concatenate([account, account[rows], account[goodwill]])
    seconds = np.concatenate([seconds, later, given])
    points = np.concatenate(
        [points, -REWARD * rewards[rows], np.full(len(goodwill), 50)]
    )
    reason = np.concatenate(
        [
            reason,
            np.full(len(rows), _REDEEMED),
            np.full(len(goodwill), _GOODWILL),
        ]
    )
    known = world.delivery(seconds) <= world.days
    order = np.lexsort((reason, account, seconds))
    order = order[known[order]]
    return account[order], seconds[order], points[order], reason[order]


def _movement_columns(account: Ints, seconds: Ints, points: Ints, reason: Ints):
    reasons = vocabulary(_REASONS)

    def render(rows: Ints) -> Columns:
        return [
            account_ids(account[rows]),
            timestamps(seconds[rows]),
            whole(points[rows]),
            reasons[reason[rows]],
        ]

    return render


def _accounts(
    world: World,
    records: shop.Records,
    chosen: Ints,
    opened: Ints,
    account: Ints,
    points: Ints,
    delivery: Ints,
) -> Table:
    """A row for each account in the delivery that it came with, and again in each
    one in which its points moved."""
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
    tiers = vocabulary(_TIERS)

    def render(rows: Ints) -> Columns:
        which = of[rows]
        return [
            account_ids(which),
            shop.customer_ids(records.number[chosen[which]]),
            whole(balance[rows]),
            tiers[tier[rows]],
            dates(opened[which]),
        ]

    return Table(
        "loyalty/LoyaltyAccounts.csv",
        ("LoyaltyID", "CustomerID", "PointsEarned", "TierLevel", "JoinDate"),
        when,
        render,
    )
