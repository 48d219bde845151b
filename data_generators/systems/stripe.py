"""`stripe`: subscriptions and the charges that pay for them, as JSON lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data_generators.countries import COUNTRIES
from data_generators.draws import Ints
from data_generators.files import Columns, Table, quoted, quoted_bytes
from data_generators.pictures import (
    Picture,
    SaleTruth,
    full_names,
    record_truth,
    table_of_cards,
    type_cards,
    versions,
)
from data_generators.records import Records, enrol
from data_generators.rows import Bytes, as_words, scrambled, vocabulary, whole
from data_generators.sales import COMPLETED, FAILED, NO_CAMPAIGN, PENDING, REFUNDED
from data_generators.world import World

SUBSCRIBES = 0.9
"""Share of the customers with a subscription; one in ten of those has two."""
CANCELS_A_MONTH = 0.035
YEARLY = 0.2
FAILS = 0.03
REFUNDED_SHARE = 0.012
SLOW = 0.3
"""Share of the charges that are pending for up to a day."""

_PLANS = (("Basic", 50, 990), ("Plus", 35, 1990), ("Family", 15, 3490))
"""Name, weight, cents a month; ten months' price a year."""
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_EURO = ("DE", "FR", "NL", "ES", "IT")
_CURRENCIES = ("usd", "eur", "gbp")
_DAY = 86_400
_MONTH = 30 * _DAY
_YEAR = 365 * _DAY


@dataclass(frozen=True)
class _Subscriptions:
    """One entry a subscription, in order of time."""

    record: Ints
    seconds: Ints
    plan: Ints
    yearly: Ints
    cents: Ints
    currency: Ints
    cancelled: Ints
    """When, or a time after the horizon."""

    def __len__(self) -> int:
        return len(self.record)


def _ids(prefix: str, numbers: Ints) -> Bytes:
    return scrambled(prefix, numbers, _ALPHABET, 14)


def picture(world: World) -> Picture:
    """Customers, subscriptions and charges."""
    records = enrol(world, "stripe")
    subscriptions = _subscribe(world, records)
    charges, sales = _charges(world, records, subscriptions)
    ids = _ids("cus_", records.number)
    return Picture(
        tables=[
            _customers(world, records),
            charges,
            _subscriptions(world, records, subscriptions),
        ],
        records=[record_truth("customers", ids, world, records)],
        sales=[sales],
    )


def _customers(world: World, records: Records) -> Table:
    cards = type_cards(world, "stripe", records, ("name", "email", "phone"))
    record = cards.record
    return table_of_cards(
        "stripe/customers.jsonl",
        cards,
        {
            "id": quoted(as_words(_ids("cus_", records.number[record]))),
            "email": quoted(cards.text["email"]),
            "name": quoted(full_names(cards)),
            "phone": quoted(cards.text["phone"]),
            "created": as_words(whole(records.seconds[record])),
        },
        "jsonl",
    )


def _subscribe(world: World, records: Records) -> _Subscriptions:
    streams, season = world.streams.under("stripe.subscriptions"), world.season
    real = np.flatnonzero(~records.is_test)
    first = real[streams("subscribes").chance(len(real), SUBSCRIBES)]
    second = first[streams("second").chance(len(first), 0.1)]
    record = np.concatenate([first, second])
    wait = streams("wait").exponential(len(record)) * 5 * _DAY
    wait[len(first) :] *= 30
    seconds = records.seconds[record] + wait.astype(np.int64)
    order = np.argsort(seconds, kind="stable")
    order = order[seconds[order] < season.horizon_end]
    record, seconds = record[order], seconds[order]
    count = len(record)
    plan = streams("plan").choice(count, [weight for _, weight, _ in _PLANS])
    yearly = streams("yearly").chance(count, YEARLY).astype(np.int64)
    monthly = np.array([cents for *_, cents in _PLANS])[plan]
    codes = [country.code for country in COUNTRIES]
    currency_of = np.array(
        [1 if code in _EURO else 2 if code == "GB" else 0 for code in codes]
    )
    months = streams("months").exponential(count) / CANCELS_A_MONTH
    return _Subscriptions(
        record=record,
        seconds=seconds,
        plan=plan,
        yearly=yearly,
        cents=np.where(yearly, monthly * 10, monthly),
        currency=currency_of[world.people.country[records.person[record]]],
        cancelled=seconds + _DAY + (months * _MONTH).astype(np.int64),
    )


def _subscriptions(world: World, records: Records, all_: _Subscriptions) -> Table:
    """A row when it begins; another one when it is cancelled after `until`."""
    which, delivery, cancelled = versions(all_.seconds, all_.cancelled, world)
    streams = world.streams.under("stripe.subscriptions")
    late = streams("late").chance(len(all_), 0.03)
    plans = vocabulary([name for name, *_ in _PLANS])
    currencies = vocabulary(_CURRENCIES)
    intervals = vocabulary(("month", "year"))
    states = vocabulary(("active", "past_due", "canceled"))

    def render(rows: Ints) -> Columns:
        of = which[rows]
        state = np.where(cancelled[rows], 2, late[of].astype(np.int64))
        return [
            quoted_bytes(_ids("sub_", of + 1)),
            quoted_bytes(_ids("cus_", records.number[all_.record[of]])),
            quoted_bytes(plans[all_.plan[of]]),
            whole(all_.cents[of]),
            quoted_bytes(currencies[all_.currency[of]]),
            quoted_bytes(intervals[all_.yearly[of]]),
            whole(all_.seconds[of]),
            np.where(cancelled[rows], whole(all_.cancelled[of]), b"null"),
            quoted_bytes(states[state]),
        ]

    columns = (
        "id",
        "customer",
        "plan",
        "amount",
        "currency",
        "interval",
        "created",
        "canceled_at",
        "status",
    )
    return Table("stripe/subscriptions.jsonl", columns, delivery, render, "jsonl")


def _charges(
    world: World, records: Records, all_: _Subscriptions
) -> tuple[Table, SaleTruth]:
    streams = world.streams.under("stripe.charges")
    period = np.where(all_.yearly, _YEAR, _MONTH)
    end = np.minimum(all_.cancelled, world.season.horizon_end)
    periods = np.maximum((end - all_.seconds - 1) // period + 1, 0)
    of = np.repeat(np.arange(len(all_)), periods)
    nth = np.arange(len(of)) - np.repeat(np.cumsum(periods) - periods, periods)
    seconds = all_.seconds[of] + nth * period[of]
    order = np.lexsort((of, seconds))
    of, seconds = of[order], seconds[order]
    known = world.delivery(seconds) <= world.days
    of, seconds = of[known], seconds[known]
    count = len(of)
    drawn = streams("status").uniform(count)
    status = np.full(count, COMPLETED)
    status[drawn < FAILS + REFUNDED_SHARE] = REFUNDED
    status[drawn < FAILS] = FAILED
    # some banks take hours: their charges may be pending when they are delivered
    slow = streams("slow").chance(count, SLOW)
    settled = seconds + np.where(slow, streams("slowness").below(_DAY, count), 0)
    which, delivery, is_settled = versions(seconds, settled, world)
    states = np.array([b"succeeded", b"pending", b"", b"succeeded", b"failed"])
    currencies = vocabulary(_CURRENCIES)
    ids = _ids("ch_", np.arange(1, count + 1))
    cents, currency = all_.cents[of], all_.currency[of]

    def render(rows: Ints) -> Columns:
        charge = which[rows]
        state = np.where(is_settled[rows], status[charge], PENDING)
        return [
            quoted_bytes(ids[charge]),
            quoted_bytes(_ids("cus_", records.number[all_.record[of[charge]]])),
            whole(cents[charge]),
            quoted_bytes(currencies[currency[charge]]),
            whole(seconds[charge]),
            quoted_bytes(states[state]),
            np.where(state == REFUNDED, b"true", b"false"),
        ]

    columns = ("id", "customer", "amount", "currency", "created", "status", "refunded")
    return (
        Table("stripe/charges.jsonl", columns, delivery, render, "jsonl"),
        SaleTruth(
            "charges",
            ids,
            records.person[all_.record[of]],
            seconds,
            cents,
            np.where(settled < world.delivered_until, status, PENDING),
            np.full(count, NO_CAMPAIGN),
            currencies[currency],
        ),
    )
