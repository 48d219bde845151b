"""The `retail` chain's own database, exported as JSON arrays."""

from __future__ import annotations

import numpy as np

from data_generators.draws import Ints
from data_generators.faults import Faults
from data_generators.files import Columns, Table, quoted, quoted_bytes
from data_generators.pictures import (
    Picture,
    SaleTruth,
    full_names,
    record_truth,
    sale_truth,
    table_of_cards,
    type_cards,
)
from data_generators.records import Records, enrol
from data_generators.rows import (
    Bytes,
    as_words,
    dates,
    money,
    numbered,
    timestamps,
    whole,
)
from data_generators.sales import RETAIL
from data_generators.world import World

STORES = 12

_UNKNOWN = "CUST9999999"


def picture(world: World) -> Picture:
    """Customers, products, stores and transactions of the chain."""
    records = enrol(world, "retail", world.first_sale(RETAIL))
    transactions, sales = _transactions(world, records)
    ids = _customer_ids(records.number)
    return Picture(
        tables=[
            _customers(world, records),
            _products(world),
            _stores(world),
            transactions,
        ],
        records=[record_truth("customers", ids, world, records)],
        sales=[sales],
    )


def _customer_ids(numbers: Ints) -> Bytes:
    return numbered("CUST", numbers, 7)


def _customers(world: World, records: Records) -> Table:
    cards = type_cards(world, "retail", records, ("name", "email", "place"))
    registered = records.seconds[cards.record]
    return table_of_cards(
        "retail/customers.json",
        cards,
        {
            "customer_id": quoted(
                as_words(_customer_ids(records.number[cards.record]))
            ),
            "full_name": quoted(full_names(cards, reversed_share=0.03)),
            "email": quoted(cards.text["email"]),
            "country": quoted(cards.text["country"]),
            "registration_date": quoted(as_words(dates(registered))),
        },
        "json",
    )


def _product_ids(products: Ints) -> Bytes:
    return numbered("P", products + 1, 4)


def _products(world: World) -> Table:
    products = world.products
    columns = [
        quoted(as_words(_product_ids(np.arange(len(products))))),
        quoted(products.name),
        quoted(products.category),
        as_words(money(products.cents)),
    ]
    return Table(
        "retail/products.json",
        ("product_id", "product_name", "category", "price"),
        np.zeros(len(products), dtype=np.int64),
        lambda rows: [column[rows] for column in columns],
        "json",
    )


def _stores(world: World) -> Table:
    city = world.stores.city[:STORES]
    columns = [
        quoted(as_words(numbered("ST", np.arange(STORES) + 1, 2))),
        quoted("Market " + city),
        quoted(city),
    ]
    return Table(
        "retail/stores.json",
        ("store_id", "store_name", "location"),
        np.zeros(STORES, dtype=np.int64),
        lambda rows: [column[rows] for column in columns],
        "json",
    )


def _transactions(world: World, records: Records) -> tuple[Table, SaleTruth]:
    sales = world.delivered(world.sales.of(RETAIL))
    streams, count = world.streams.under("retail.sales"), len(sales)
    faults = Faults(count, world.rates.of("retail"), streams)
    record = records.at(sales.person, sales.seconds, streams("record"))
    store = streams("store").below(STORES, count)
    ids = numbered("RT", np.arange(1, count + 1), 8)
    delivery = world.delivery(sales.seconds)
    order = faults.repeated(np.arange(count), delivery)

    def render(rows: Ints) -> Columns:
        sale = order[rows]
        customer = _customer_ids(records.number[record[sale]])
        moment = timestamps(sales.seconds[sale], "T")
        return [
            quoted_bytes(ids[sale]),
            quoted_bytes(faults.customers(sale, customer, _UNKNOWN)),
            quoted_bytes(_product_ids(sales.product[sale].astype(np.int64))),
            quoted_bytes(numbered("ST", store[sale] + 1, 2)),
            whole(sales.units[sale].astype(np.int64)),
            quoted_bytes(faults.moments(sale, moment)),
        ]

    columns = (
        "transaction_id",
        "customer_id",
        "product_id",
        "store_id",
        "quantity",
        "transaction_date",
    )
    return (
        Table(
            "retail/transactions.json",
            columns,
            delivery[order],
            render,
            "json",
        ),
        sale_truth("transactions", ids, world, sales),
    )
