"""The `shop`: an online shop and the tills of its stores."""

from __future__ import annotations

import numpy as np

from data_generators.draws import Ints
from data_generators.faults import Faults
from data_generators.files import Columns, Table
from data_generators.pictures import (
    Picture,
    SaleTruth,
    full_names,
    lines,
    record_truth,
    sale_truth,
    table_of_cards,
    type_cards,
    versions,
)
from data_generators.records import Records, enrol
from data_generators.rows import (
    Bytes,
    as_words,
    blank,
    money,
    numbered,
    timestamps,
    vocabulary,
    whole,
)
from data_generators.sales import ONLINE, STORE
from data_generators.world import World

AT_TILL_UNKNOWN = 0.25
"""Share of the tickets of a till without a customer."""

UNKNOWN = "987654321"
"""A customer id that is nobody's."""

PAYMENTS = (
    ("Credit Card", 44),
    ("PayPal", 24),
    ("Debit Card", 18),
    ("Apple Pay", 8),
    ("Gift Card", 4),
    ("Bank Transfer", 2),
)
_TILL_PAYMENTS = (("Card", 62), ("Cash", 26), ("Mobile", 12))
_STATUSES = ("Completed", "Pending", "Cancelled", "Refunded", "Failed")
"""The shop's words for `STATUS_NAMES`."""


def customers(world: World) -> Records:
    """The records of the shop, whose ids the systems around it use as well."""
    return enrol(world, "shop", world.first_sale(ONLINE, STORE))


def customer_ids(numbers: Ints) -> Bytes:
    """100042 for 42."""
    return whole(numbers + 100_000)


def picture(world: World) -> Picture:
    """Customers, products, stores, and what was sold online and in the stores."""
    records = world.once(customers)
    online, online_sales = _online(world, records)
    in_store, in_store_sales = _in_store(world, records)
    return Picture(
        tables=[
            _customers(world, records),
            _products(world),
            _stores(world),
            online,
            in_store,
        ],
        records=[
            record_truth("customers", customer_ids(records.number), world, records)
        ],
        sales=[online_sales, in_store_sales],
    )


def _customers(world: World, records: Records) -> Table:
    cards = type_cards(world, "shop", records, ("name", "email", "place"))
    return table_of_cards(
        "shop/Customers.csv",
        cards,
        {
            "CustomerID": as_words(customer_ids(records.number[cards.record])),
            "Name": full_names(cards, reversed_share=0.03),
            "Email": cards.text["email"],
            "Address": lines(cards),
        },
    )


def product_ids(products: Ints) -> Bytes:
    """SKU-0042 for 41."""
    return numbered("SKU-", products + 1, 4)


def _products(world: World) -> Table:
    products = world.products
    columns = [
        as_words(product_ids(np.arange(len(products)))),
        products.name,
        products.category,
        as_words(money(products.cents)),
    ]
    return Table(
        "shop/Products.csv",
        ("ProductID", "Name", "Category", "Price"),
        np.zeros(len(products), dtype=np.int64),
        lambda rows: [column[rows] for column in columns],
    )


def _store_ids(stores: Ints) -> Bytes:
    return numbered("S", stores + 1, 3)


def _stores(world: World) -> Table:
    stores = world.stores
    which = np.arange(len(stores))
    hours = np.array(["Mon-Sat 09:00-20:00", "Mon-Sun 10:00-18:00"], dtype=object)
    columns = [
        as_words(_store_ids(which)),
        stores.city,
        stores.manager,
        hours[which % len(hours)],
    ]
    return Table(
        "shop/Stores.csv",
        ("StoreID", "Location", "Manager", "OpenHours"),
        np.zeros(len(stores), dtype=np.int64),
        lambda rows: [column[rows] for column in columns],
    )


def _online(world: World, records: Records) -> tuple[Table, SaleTruth]:
    """Orders; one that is settled in a later delivery comes again with it."""
    sales = world.delivered(world.sales.of(ONLINE))
    streams, count = world.streams.under("shop.online"), len(sales)
    faults = Faults(count, world.rates.of("shop"), streams)
    record = records.at(sales.person, sales.seconds, streams("record"))
    payment = streams("payment").choice(count, [weight for _, weight in PAYMENTS])
    payments = vocabulary([name for name, _ in PAYMENTS])
    ids = numbered("O", np.arange(1, count + 1), 8)
    which, delivery, settled = versions(sales.seconds, sales.settled, world)
    order = faults.repeated(which, delivery)

    def render(rows: Ints) -> Columns:
        row = order[rows]
        sale = which[row]
        status = np.where(settled[row], sales.status[sale], sales.at_first[sale])
        customer = customer_ids(records.number[record[sale]])
        return [
            ids[sale],
            faults.customers(sale, customer, UNKNOWN),
            product_ids(sales.product[sale].astype(np.int64)),
            faults.moments(sale, timestamps(sales.seconds[sale])),
            payments[payment[sale]],
            faults.amounts(sale, sales.cents[sale]),
            faults.labels(sale, _STATUSES, status),
        ]

    columns = (
        "OrderID",
        "CustomerID",
        "ProductID",
        "DateTime",
        "PaymentMethod",
        "Amount",
        "Status",
    )
    return (
        Table("shop/OnlineTransactions.csv", columns, delivery[order], render),
        sale_truth("online_transactions", ids, world, sales),
    )


def _in_store(world: World, records: Records) -> tuple[Table, SaleTruth]:
    sales = world.delivered(world.sales.of(STORE))
    streams, count = world.streams.under("shop.in_store"), len(sales)
    faults = Faults(count, world.rates.of("shop"), streams)
    record = records.at(sales.person, sales.seconds, streams("record"))
    unknown = streams("unknown").chance(count, AT_TILL_UNKNOWN)
    store = streams("store").below(len(world.stores), count)
    payment = streams("payment").choice(count, [weight for _, weight in _TILL_PAYMENTS])
    payments = vocabulary([name for name, _ in _TILL_PAYMENTS])
    ids = numbered("T", np.arange(1, count + 1), 8)
    delivery = world.delivery(sales.seconds)
    order = faults.repeated(np.arange(count), delivery)

    def render(rows: Ints) -> Columns:
        sale = order[rows]
        customer = customer_ids(records.number[record[sale]])
        return [
            ids[sale],
            blank(faults.customers(sale, customer, UNKNOWN), unknown[sale]),
            _store_ids(store[sale]),
            faults.moments(sale, timestamps(sales.seconds[sale])),
            faults.amounts(sale, sales.cents[sale]),
            payments[payment[sale]],
        ]

    columns = (
        "TransactionID",
        "CustomerID",
        "StoreID",
        "DateTime",
        "Amount",
        "PaymentMethod",
    )
    return (
        Table("shop/InStoreTransactions.csv", columns, delivery[order], render),
        sale_truth("in_store_transactions", ids, world, sales),
    )
