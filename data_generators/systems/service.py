"""The `service` workshops of the dealers: visits, appointments, claims and parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data_generators.draws import Ints
from data_generators.files import Columns, Table
from data_generators.pictures import Picture, SaleTruth
from data_generators.records import Records
from data_generators.rows import dates, money, numbered, timestamps, vocabulary, whole
from data_generators.sales import CANCELLED, COMPLETED, NO_CAMPAIGN, PENDING
from data_generators.systems import dealer
from data_generators.vehicles import Ownerships, vins
from data_generators.world import World

TYPES: tuple[tuple[str, int, int], ...] = (
    ("Oil Change", 34, 90),
    ("Inspection", 22, 160),
    ("Tire Rotation", 14, 60),
    ("Brake Service", 12, 420),
    ("Battery Replacement", 6, 210),
    ("Repair", 12, 640),
)
"""Name, weight, usual dollars."""

_COMPONENTS = ("Engine", "Transmission", "Electronics", "Air Conditioning", "Brakes")
_APPOINTMENT_STATES = ("Completed", "No Show", "Cancelled", "Scheduled")
_CLAIM_STATES = ("Approved", "Rejected", "Pending")
_PART_STATES = ("Delivered", "Cancelled", "Backordered")
_DAY = 86_400


@dataclass(frozen=True)
class Visits:
    """Visits to a workshop in order of time; one entry each in every array."""

    record: Ints
    """Index into the dealers' customer records."""
    owned: Ints
    """Index into the ownerships."""
    seconds: Ints
    kind: Ints
    cents: Ints

    def __len__(self) -> int:
        return len(self.record)


def make_visits(world: World, owned: Ownerships) -> Visits:
    """Every vehicle's visits while its owner keeps it and comes."""
    streams, season = world.streams.under("visits"), world.season
    faithful = streams("faithful").chance(len(owned), 0.75)
    now = np.flatnonzero(faithful)
    when = np.maximum(owned.begins[now], season.start)
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
    kind = streams("kind").choice(len(which), [weight for _, weight, _ in TYPES])
    dollars = np.array([usual for *_, usual in TYPES])[kind]
    spread = 0.5 + streams("amount").gamma(len(which), 4.5) / 9.0
    return Visits(
        record=owned.record[which],
        owned=which,
        seconds=seconds,
        kind=kind,
        cents=(dollars * spread * 100).astype(np.int64),
    )


def picture(world: World) -> Picture:
    """Visits, appointments, warranty claims and orders of parts."""
    records = dealer.customers(world)
    owned = dealer.ownerships(world, records)
    visits = make_visits(world, owned)
    parts, parts_truth = _parts(world, records)
    return Picture(
        tables=[
            _records(world, records, owned, visits),
            _appointments(world, records, owned, visits),
            _claims(world, records, owned, visits),
            parts,
        ],
        sales=[
            SaleTruth(
                "records",
                numbered("SV", np.arange(1, len(visits) + 1), 8),
                records.person[visits.record],
                visits.seconds,
                visits.cents,
                np.full(len(visits), COMPLETED),
                np.full(len(visits), NO_CAMPAIGN),
            ),
            parts_truth,
        ],
    )


def _records(
    world: World, records: Records, owned: Ownerships, visits: Visits
) -> Table:
    types = vocabulary([name for name, *_ in TYPES])

    def render(rows: Ints) -> Columns:
        return [
            numbered("SV", rows + 1, 8),
            dealer.customer_ids(records.number[visits.record[rows]]),
            vins(owned.vehicle[visits.owned[rows]]),
            dates(visits.seconds[rows]),
            types[visits.kind[rows]],
            money(visits.cents[rows]),
        ]

    columns = (
        "service_id",
        "customer_id",
        "vin",
        "service_date",
        "service_type",
        "service_amount",
    )
    return Table(
        "service/service_records.csv", columns, world.delivery(visits.seconds), render
    )


def _appointments(
    world: World, records: Records, owned: Ownerships, visits: Visits
) -> Table:
    """Most visits have one; some have none, and some appointments no visit."""
    streams = world.streams.under("service.appointments")
    made = np.flatnonzero(streams("made").chance(len(visits), 0.8))
    missed = np.flatnonzero(streams("missed").chance(len(visits), 0.12))
    of = np.concatenate([made, missed])
    before = 86_400 * (3 + streams("before").below(20, len(missed)))
    seconds = np.concatenate([visits.seconds[made], visits.seconds[missed] - before])
    state = np.concatenate(
        [
            np.zeros(len(made), dtype=np.int64),
            1 + streams("state").below(2, len(missed)),
        ]
    )
    order = np.lexsort((of, seconds))
    of, seconds, state = of[order], seconds[order], state[order]
    types = vocabulary([name for name, *_ in TYPES])
    states = vocabulary(_APPOINTMENT_STATES)

    def render(rows: Ints) -> Columns:
        visit = of[rows]
        return [
            numbered("AP", rows + 1, 8),
            dealer.customer_ids(records.number[visits.record[visit]]),
            vins(owned.vehicle[visits.owned[visit]]),
            timestamps(seconds[rows] // 900 * 900),
            types[visits.kind[visit]],
            states[state[rows]],
        ]

    columns = (
        "appointment_id",
        "customer_id",
        "vin",
        "scheduled_at",
        "service_type",
        "status",
    )
    return Table("service/appointments.csv", columns, world.delivery(seconds), render)


def _claims(world: World, records: Records, owned: Ownerships, visits: Visits) -> Table:
    """Some repairs of vehicles not older than three years."""
    streams = world.streams.under("service.claims")
    repair = len(TYPES) - 1
    year = 1970 + visits.seconds // (365.2425 * _DAY)
    young = year - owned.year[visits.owned] <= 3
    of = np.flatnonzero(
        young
        & (visits.kind >= repair - 2)
        & streams("claims").chance(len(visits), 0.45)
    )
    count = len(of)
    component = streams("component").below(len(_COMPONENTS), count)
    state = streams("state").choice(count, (78, 14, 8))
    components, states = vocabulary(_COMPONENTS), vocabulary(_CLAIM_STATES)

    def render(rows: Ints) -> Columns:
        visit = of[rows]
        return [
            numbered("WC", rows + 1, 7),
            dealer.customer_ids(records.number[visits.record[visit]]),
            vins(owned.vehicle[visits.owned[visit]]),
            dates(visits.seconds[visit]),
            components[component[rows]],
            money(visits.cents[visit] * 13 // 10),
            states[state[rows]],
        ]

    columns = (
        "claim_id",
        "customer_id",
        "vin",
        "claim_date",
        "component",
        "claim_amount",
        "status",
    )
    return Table(
        "service/warranty_claims.csv",
        columns,
        world.delivery(visits.seconds[of]),
        render,
    )


def _parts(world: World, records: Records) -> tuple[Table, SaleTruth]:
    streams, end = world.streams.under("service.parts"), world.season.horizon_end
    real = np.flatnonzero(~records.is_test & (records.seconds < end))
    count = round(len(real) * 0.5)
    record = real[streams("record").below(len(real), count)] if count else real[:0]
    began = records.seconds[record]
    seconds = began + (streams("when").uniform(count) * (end - began)).astype(np.int64)
    order = np.lexsort((record, seconds))
    record, seconds = record[order], seconds[order]
    part = streams("part").below(400, count)
    units = 1 + streams("units").choice(count, (60, 25, 15))
    price = 800 + world.streams("part.price").below(24_000, 400)
    cents = price[part] * units
    state = streams("state").choice(count, (90, 6, 4))
    ids = numbered("PO", np.arange(1, count + 1), 7)
    states = vocabulary(_PART_STATES)

    def render(rows: Ints) -> Columns:
        return [
            ids[rows],
            dealer.customer_ids(records.number[record[rows]]),
            numbered("PN-", 10_000 + part[rows] * 37, 5),
            whole(units[rows]),
            money(cents[rows]),
            dates(seconds[rows]),
            states[state[rows]],
        ]

    columns = (
        "order_id",
        "customer_id",
        "part_number",
        "quantity",
        "amount",
        "order_date",
        "status",
    )
    return (
        Table("service/parts_orders.csv", columns, world.delivery(seconds), render),
        SaleTruth(
            "parts_orders",
            ids,
            records.person[record],
            seconds,
            cents,
            np.array([COMPLETED, CANCELLED, PENDING])[state],
            np.full(count, NO_CAMPAIGN),
        ),
    )
