"""The `dealer` system: customers of the dealers, their vehicles and contracts."""

from __future__ import annotations

import numpy as np

from data_generators.draws import Ints, Streams
from data_generators.faults import Faults
from data_generators.files import Columns, Table
from data_generators.pictures import (
    Picture,
    SaleTruth,
    lines,
    record_truth,
    send_again,
    table_of_cards,
    type_cards,
    versions,
)
from data_generators.records import Records
from data_generators.rows import (
    Bytes,
    as_words,
    blank,
    dates,
    money,
    numbered,
    vocabulary,
    whole,
)
from data_generators.sales import COMPLETED, NO_CAMPAIGN
from data_generators.vehicles import (
    MODELS,
    Ownerships,
    Visits,
    customers,
    ownerships,
    vins,
    visits,
)
from data_generators.words import Words
from data_generators.world import World

UNKNOWN = "D9999999"
"""A customer id that is nobody's."""

_DAY = 86_400


def customer_ids(numbers: Ints) -> Bytes:
    """D0000042 for 42."""
    return numbered("D", numbers, 7)


def picture(world: World) -> Picture:
    """Customers, sales, ownership and financing."""
    records, owned = world.once(customers), world.once(ownerships)
    sold = np.flatnonzero(owned.is_sale & (owned.begins >= world.season.start))
    sales, truth = _sales(world, records, owned, sold)
    return Picture(
        tables=[
            _customers(world, records, owned, world.once(visits)),
            sales,
            _ownership(world, records, owned),
            _financing(world, records, owned, sold),
        ],
        records=[
            record_truth("customers", customer_ids(records.number), world, records)
        ],
        sales=[truth],
    )


def _last(record: Ints, seconds: Ints, of: Ints, until: Ints) -> Ints:
    """The last of some events of each of `of` before `until`; -1 where none was."""
    order = np.lexsort((seconds, record))
    record, seconds = record[order], seconds[order]
    span = 2**34
    at = np.searchsorted(record * span + seconds, of * span + until) - 1
    found = (at >= 0) & (record[at] == of) if len(record) else at >= 0
    return np.where(found, seconds[at] if len(seconds) else 0, -1)


def _customers(
    world: World, records: Records, owned: Ownerships, served: Visits
) -> Table:
    """Who buys or comes for service is sent again, with the date of that."""
    bought = np.flatnonzero(owned.is_sale)
    buyer, bought_at = owned.record[bought], owned.begins[bought]
    cards = send_again(
        type_cards(world, "dealer", records),
        np.concatenate([buyer, served.record]),
        np.concatenate([bought_at, served.seconds]),
        world,
    )
    rates = world.rates.of("dealer")
    # as known at the end of the delivery that the row comes with
    closing = world.season.end + cards.delivery * _DAY
    purchase = _last(buyer, bought_at, cards.record, closing)
    service = _last(served.record, served.seconds, cards.record, closing)
    status = np.where(
        np.maximum(purchase, service) < closing - 540 * _DAY, "Inactive", "Active"
    ).astype(object)
    status[(purchase < 0) & (service < 0)] = "Prospect"
    untidy = cards.streams("status").chance(len(cards), rates.label_untidy)
    untidy = np.flatnonzero(untidy)
    status[untidy] = [text.upper() for text in status[untidy]]
    return table_of_cards(
        "dealer/dealership_customers.csv",
        cards,
        {
            "customer_id": as_words(customer_ids(records.number[cards.record])),
            "email": cards.text["email"],
            "phone": cards.text["phone"],
            "first_name": cards.text["first"],
            "last_name": cards.text["last"],
            "address": lines(cards),
            "purchase_date": _days(purchase),
            "last_service_date": _days(service),
            "customer_status": status,
        },
    )


def _days(seconds: Ints) -> Words:
    """03/05/2024 is the fifth of March: the dealers write the month first."""
    some = seconds >= 0
    text = np.full(len(seconds), "", dtype=object)
    text[some] = as_words(dates(seconds[some], month_first=True))
    return text


def _sales(
    world: World, records: Records, owned: Ownerships, sold: Ints
) -> tuple[Table, SaleTruth]:
    ids = numbered("V", np.arange(1, len(sold) + 1), 7)
    streams = world.streams.under("dealer.sales")
    faults = Faults(len(sold), world.rates.of("dealer"), streams)
    models = vocabulary([name for name, *_ in MODELS])

    def render(rows: Ints) -> Columns:
        of = sold[rows]
        traded_in = owned.traded_in[of]
        return [
            ids[rows],
            faults.customers(
                rows, customer_ids(records.number[owned.record[of]]), UNKNOWN
            ),
            vins(owned.vehicle[of]),
            faults.amounts(rows, owned.cents[of]),
            faults.moments(rows, dates(owned.begins[of])),
            numbered("DLR", owned.dealer[of] + 1, 2),
            models[owned.model[of]],
            blank(vins(traded_in), traded_in < 0),
        ]

    columns = (
        "sale_id",
        "customer_id",
        "vin",
        "sale_price",
        "sale_date",
        "dealer_id",
        "model",
        "trade_in_vin",
    )
    seconds = owned.begins[sold]
    return (
        Table("dealer/vehicle_sales.csv", columns, world.delivery(seconds), render),
        SaleTruth(
            "vehicle_sales",
            ids,
            records.person[owned.record[sold]],
            seconds,
            owned.cents[sold],
            np.full(len(sold), COMPLETED),
            np.full(len(sold), NO_CAMPAIGN),
        ),
    )


def _ownership(world: World, records: Records, owned: Ownerships) -> Table:
    """A row when an ownership begins; another one when it ends after `until`."""
    # what they had before is on record only since they are
    known = np.maximum(owned.begins, records.seconds[owned.record])
    which, delivery, over = versions(known, owned.ends, world)
    models = vocabulary([name for name, *_ in MODELS])

    def render(rows: Ints) -> Columns:
        of = which[rows]
        return [
            vins(owned.vehicle[of]),
            customer_ids(records.number[owned.record[of]]),
            models[owned.model[of]],
            whole(owned.year[of]),
            dates(owned.begins[of]),
            blank(dates(np.where(over[rows], owned.ends[of], 0)), ~over[rows]),
        ]

    columns = (
        "vin",
        "customer_id",
        "model",
        "model_year",
        "owned_from",
        "owned_until",
    )
    return Table("dealer/vehicle_ownership.csv", columns, delivery, render)


def _financing(world: World, records: Records, owned: Ownerships, sold: Ints) -> Table:
    streams: Streams = world.streams.under("dealer.financing")
    count = len(sold)
    kind = streams("kind").choice(count, (45, 25, 30))
    share = 0.5 + 0.45 * streams("share").uniform(count)
    cents = (owned.cents[sold] * share).astype(np.int64) // 1000 * 1000
    cents = np.where(kind == 2, owned.cents[sold], cents)
    rate = np.where(kind == 2, 0, 190 + streams("rate").below(600, count))
    term = np.where(kind == 2, 0, 24 + 12 * streams("term").below(5, count))
    start = owned.begins[sold]
    over = (
        (start + term * 30 * _DAY <= world.season.end)
        | (owned.ends[sold] < world.season.end)
        | (kind == 2)
    )
    late = streams("late").chance(count, 0.02)
    state = np.where(over, 1, np.where(late, 2, 0))
    kinds = vocabulary(("loan", "lease", "cash"))
    states = vocabulary(("active", "closed", "delinquent"))

    def render(rows: Ints) -> Columns:
        return [
            numbered("F", rows + 1, 7),
            numbered("V", rows + 1, 7),
            customer_ids(records.number[owned.record[sold[rows]]]),
            kinds[kind[rows]],
            money(cents[rows]),
            money(rate[rows]),
            whole(term[rows]),
            dates(start[rows]),
            states[state[rows]],
        ]

    columns = (
        "contract_id",
        "sale_id",
        "customer_id",
        "kind",
        "amount",
        "annual_rate",
        "term_months",
        "start_date",
        "status",
    )
    return Table("dealer/financing.csv", columns, world.delivery(start), render)
