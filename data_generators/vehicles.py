"""Vehicles and whose they are over time: bought, serviced, traded in, sold on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data_generators.draws import Bools, Ints, Streams
from data_generators.records import Records, enrol
from data_generators.rows import Bytes, scrambled
from data_generators.world import World

MODELS: tuple[tuple[str, int, int], ...] = (
    ("Aurora 50", 2_190, 26),
    ("Aurora 125", 3_290, 22),
    ("Borealis 300", 5_490, 16),
    ("Borealis 300 GT", 6_290, 8),
    ("Caravel Cargo", 4_790, 7),
    ("Electra", 3_990, 14),
    ("Electra Long Range", 5_190, 7),
)
"""Motor scooters: name, list price in dollars, weight."""

SERVICES: tuple[tuple[str, int, int], ...] = (
    ("Oil Change", 34, 45),
    ("Inspection", 22, 80),
    ("Tire Change", 14, 95),
    ("Brake Service", 12, 120),
    ("Battery Replacement", 6, 140),
    ("Repair", 12, 220),
)
"""Name, weight, usual dollars."""

DEALERS = 14

_DAY = 86_400
_PREPARATION = 10 * _DAY
_NOTHING = -1
_VIN_LETTERS = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"


@dataclass(frozen=True)
class Ownerships:
    """Whose each vehicle was and when, in order of time; one entry an ownership."""

    record: Ints
    """Index into the dealers' customer records."""
    vehicle: Ints
    model: Ints
    year: Ints
    begins: Ints
    ends: Ints
    """When it was traded in; a time that never comes while it is owned."""
    is_sale: Bools
    """Bought at a dealer; the others came with a car that they had already."""
    is_used: Bools
    traded_in: Ints
    """The vehicle given in exchange, or -1."""
    dealer: Ints
    cents: Ints

    def __len__(self) -> int:
        return len(self.record)


@dataclass(frozen=True)
class Visits:
    """Visits to a workshop in order of time; one entry each in every array."""

    record: Ints
    """Index into the dealers' customer records."""
    owned: Ints
    """Index into the ownerships."""
    seconds: Ints
    kind: Ints
    """Index into `SERVICES`."""
    cents: Ints

    def __len__(self) -> int:
        return len(self.record)


def customers(world: World) -> Records:
    """The dealers' records, whose ids the workshops use as well."""
    return enrol(world, "dealer")


def ownerships(world: World) -> Ownerships:
    """The vehicles of all customers up to the horizon.

    Everybody starts with a vehicle: bought when they became customers, or one
    that they had before. Some exchange it every few years; what is traded in is
    sold on as a used one to the next customer who wants one.
    """
    records = world.once(customers)
    end, streams = world.season.horizon_end, world.streams.under("vehicles")
    real = np.flatnonzero(~records.is_test)
    record, begins, had = _begin(records, real, end, streams)
    count = len(record)
    order = np.lexsort((record, begins))
    record, begins, had = record[order], begins[order], had[order]
    # the vehicle a customer had before this one, as an earlier ownership
    by_record = np.lexsort((begins, record))
    before = np.full(count, _NOTHING)
    follows = record[by_record][1:] == record[by_record][:-1]
    before[by_record[1:][follows]] = by_record[:-1][follows]
    trades = (before != _NOTHING) & streams("trades").chance(count, 0.7)
    ends = np.full(count, 2**62)
    ends[before[trades]] = begins[trades]

    is_sale = ~had
    source = _used(begins, ends, is_sale, streams)
    is_used = source != _NOTHING
    # a used vehicle is the one of the ownership it comes from, and so on back
    origin = np.where(is_used, source, np.arange(count))
    while (origin[origin] != origin).any():
        origin = origin[origin]
    model = streams("model").choice(count, [weight for *_, weight in MODELS])
    built = begins.astype("datetime64[s]").astype("datetime64[Y]").astype(np.int64)
    age = np.where(had, streams("age").below(6, count), 0)
    model, year = model[origin], (1970 + built - age)[origin]
    price = np.array([dollars for _, dollars, _ in MODELS])[model]
    years = (begins - begins[origin]) / (365 * _DAY) + np.where(is_used, 1.0, 0.0)
    worth = 0.72 * 0.88**years
    spread = 0.92 + 0.16 * streams("price").uniform(count)
    dollars = price * np.where(is_used, worth, 1.0) * spread
    return Ownerships(
        record=record,
        vehicle=origin,
        model=model,
        year=year,
        begins=begins,
        ends=ends,
        is_sale=is_sale,
        is_used=is_used,
        traded_in=np.where(trades, origin[before], _NOTHING),
        dealer=streams("dealer").below(DEALERS, count),
        cents=(dollars // 10 * 10).astype(np.int64) * 100,
    )


def _begin(
    records: Records, real: Ints, end: int, streams: Streams
) -> tuple[Ints, Ints, Bools]:
    """Record and time of every ownership, and which were there before."""
    record = [real]
    had = streams("had").chance(len(real), 0.35)
    years_ago = streams("had_since").uniform(len(real)) * 5 * 365 * _DAY
    start = records.seconds[real] - np.where(had, years_ago, 0).astype(np.int64)
    begins, hads = [start], [had]
    now, when = real, records.seconds[real]
    for nth in range(1, 4):
        goes_on = streams(f"again.{nth}").chance(len(now), 0.45)
        wait = (0.5 + streams(f"wait.{nth}").exponential(len(now))) * 365 * _DAY
        now, when = now[goes_on], (when + wait.astype(np.int64))[goes_on]
        now, when = now[when < end], when[when < end]
        record.append(now)
        begins.append(when)
        hads.append(np.zeros(len(now), dtype=bool))
    inside = np.concatenate(begins) < end
    return (
        np.concatenate(record)[inside],
        np.concatenate(begins)[inside],
        np.concatenate(hads)[inside],
    )


def _used(begins: Ints, ends: Ints, is_sale: Bools, streams: Streams) -> Ints:
    """For each sale of a used vehicle the ownership it comes from, else -1."""
    count = len(begins)
    source = np.full(count, _NOTHING)
    stock = np.flatnonzero(ends < 2**62)
    stock = stock[np.argsort(ends[stock], kind="stable")]
    wanting = np.flatnonzero(is_sale & streams("wants_used").chance(count, 0.35))
    # the oldest vehicle in stock goes to the next customer who wants one: of those
    # who wanted one so far as many have got one as was possible at each moment
    ready = np.searchsorted(ends[stock] + _PREPARATION, begins[wanting], side="right")
    turn = np.arange(1, len(wanting) + 1)
    taken = turn + np.minimum.accumulate(np.minimum(ready - turn, 0))
    gets = np.diff(taken, prepend=0) > 0
    source[wanting[gets]] = stock[taken[gets] - 1]
    return source


def visits(world: World) -> Visits:
    """Every vehicle's visits to the workshop while its owner keeps it and comes."""
    owned = world.once(ownerships)
    streams, season = world.streams.under("visits"), world.season
    known = world.once(customers).seconds[owned.record]
    now = np.flatnonzero(streams("faithful").chance(len(owned), 0.75))
    when = np.maximum(owned.begins, known)[now]
    until = np.minimum(owned.ends, season.horizon_end)
    found, times = [], []
    waits, stays = streams("wait"), streams("stays")
    while len(now):
        wait = (60 + waits.gamma(len(now), 4.5) * 40) * _DAY
        when = when + wait.astype(np.int64)
        keep = (when < until[now]) & stays.chance(len(now), 0.92)
        now, when = now[keep], when[keep]
        found.append(now)
        # workshops are open by day
        times.append(when // _DAY * _DAY + 8 * 3600 + when % (9 * 3600))
    which = np.concatenate([*found, np.empty(0, dtype=np.int64)])
    seconds = np.concatenate([*times, np.empty(0, dtype=np.int64)])
    order = np.lexsort((which, seconds))
    which, seconds = which[order], seconds[order]
    kind = streams("kind").choice(len(which), [weight for _, weight, _ in SERVICES])
    dollars = np.array([usual for *_, usual in SERVICES])[kind]
    spread = 0.5 + streams("amount").gamma(len(which), 4.5) / 9.0
    return Visits(
        record=owned.record[which],
        owned=which,
        seconds=seconds,
        kind=kind,
        cents=(dollars * spread * 100).astype(np.int64),
    )


def vins(vehicles: Ints) -> Bytes:
    """A vehicle identification number for each vehicle."""
    return scrambled("WC3", vehicles, _VIN_LETTERS, 14)
