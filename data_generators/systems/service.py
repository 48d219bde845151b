"""The `service` workshops of the dealers: visits, appointments, claims and parts."""

from __future__ import annotations

import numpy as np

from data_generators.draws import Ints
from data_generators.faults import Faults
from data_generators.files import Columns, Table
from data_generators.pictures import Picture, SaleTruth
from data_generators.records import Records
from data_generators.rows import dates, money, numbered, timestamps, vocabulary, whole
from data_generators.sales import CANCELLED, COMPLETED, NO_CAMPAIGN, PENDING
from data_generators.systems.dealer import UNKNOWN, customer_ids
from data_generators.vehicles import (
    SERVICES,
    Ownerships,
    Visits,
    customers,
    ownerships,
    vins,
    visits,
)
from data_generators.world import World

_COMPONENTS = ("Engine", "Transmission", "Electronics", "Air Conditioning", "Brakes")
_APPOINTMENT_STATES = ("Completed", "No Show", "Cancelled", "Scheduled")
_CLAIM_STATES = ("Approved", "Rejected", "Pending")
_PART_STATES = ("Delivered", "Cancelled", "Backordered")
_TYPES = [name for name, *_ in SERVICES]
_DAY = 86_400


def picture(world: World) -> Picture:
    """Visits, appointments, warranty claims and orders of parts."""
    records, owned = world.once(customers), world.once(ownerships)
    seen = world.once(visits)
    parts, parts_truth = _parts(world, records)
    return Picture(
        tables=[
            _records(world, records, owned, seen),
            _appointments(world, records, owned, seen),
            _claims(world, records, owned, seen),
            parts,
        ],
        sales=[
            SaleTruth(
                "records",
                numbered("SV", np.arange(1, len(seen) + 1), 8),
                records.person[seen.record],
                seen.seconds,
                seen.cents,
                np.full(len(seen), COMPLETED),
                np.full(len(seen), NO_CAMPAIGN),
            ),
            parts_truth,
        ],
    )


def _records(world: World, records: Records, owned: Ownerships, seen: Visits) -> Table:
    streams = world.streams.under("service.records")
    faults = Faults(len(seen), world.rates.of("service"), streams)
    delivery = world.delivery(seen.seconds)
    order = faults.repeated(np.arange(len(seen)), delivery)

    def render(rows: Ints) -> Columns:
        visit = order[rows]
        customer = customer_ids(records.number[seen.record[visit]])
        return [
            numbered("SV", visit + 1, 8),
            faults.customers(visit, customer, UNKNOWN),
            vins(owned.vehicle[seen.owned[visit]]),
            faults.moments(visit, dates(seen.seconds[visit])),
            faults.labels(visit, _TYPES, seen.kind[visit]),
            faults.amounts(visit, seen.cents[visit]),
        ]

    columns = (
        "service_id",
        "customer_id",
        "vin",
        "service_date",
        "service_type",
        "service_amount",
    )
    return Table("service/service_records.csv", columns, delivery[order], render)


def _appointments(
    world: World, records: Records, owned: Ownerships, seen: Visits
) -> Table:
    """Most visits have one; some have none, and some appointments no visit."""
    streams = world.streams.under("service.appointments")
    made = np.flatnonzero(streams("made").chance(len(seen), 0.8))
    missed = np.flatnonzero(streams("missed").chance(len(seen), 0.12))
    of = np.concatenate([made, missed])
    before = 86_400 * (3 + streams("before").below(20, len(missed)))
    seconds = np.concatenate([seen.seconds[made], seen.seconds[missed] - before])
    state = np.concatenate(
        [
            np.zeros(len(made), dtype=np.int64),
            1 + streams("state").below(2, len(missed)),
        ]
    )
    order = np.lexsort((of, seconds))
    of, seconds, state = of[order], seconds[order], state[order]
    types = vocabulary(_TYPES)
    states = vocabulary(_APPOINTMENT_STATES)

    def render(rows: Ints) -> Columns:
        visit = of[rows]
        return [
            numbered("AP", rows + 1, 8),
            customer_ids(records.number[seen.record[visit]]),
            vins(owned.vehicle[seen.owned[visit]]),
            timestamps(seconds[rows] // 900 * 900),
            types[seen.kind[visit]],
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


def _claims(world: World, records: Records, owned: Ownerships, seen: Visits) -> Table:
    """Some repairs of vehicles not older than three years."""
    streams = world.streams.under("service.claims")
    repair = len(SERVICES) - 1
    year = 1970 + seen.seconds // (365.2425 * _DAY)
    young = year - owned.year[seen.owned] <= 3
    of = np.flatnonzero(
        young & (seen.kind >= repair - 2) & streams("claims").chance(len(seen), 0.45)
    )
    count = len(of)
    component = streams("component").below(len(_COMPONENTS), count)
    state = streams("state").choice(count, (78, 14, 8))
    components, states = vocabulary(_COMPONENTS), vocabulary(_CLAIM_STATES)

    def render(rows: Ints) -> Columns:
        visit = of[rows]
        return [
            numbered("WC", rows + 1, 7),
            customer_ids(records.number[seen.record[visit]]),
            vins(owned.vehicle[seen.owned[visit]]),
            dates(seen.seconds[visit]),
            components[component[rows]],
            money(seen.cents[visit] * 13 // 10),
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
        world.delivery(seen.seconds[of]),
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
    price = 400 + world.streams("part.price").below(9_000, 400)
    cents = price[part] * units
    state = streams("state").choice(count, (90, 6, 4))
    ids = numbered("PO", np.arange(1, count + 1), 7)
    states = vocabulary(_PART_STATES)

    def render(rows: Ints) -> Columns:
        return [
            ids[rows],
            customer_ids(records.number[record[rows]]),
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
