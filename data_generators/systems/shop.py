"""The `shop`: an online shop and the tills of its stores."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from data_generators.draws import Ints
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

MESS = {
    "reentry_typo": 0.02,
    "reentry_nickname": 0.08,
    "reentry_swapped_names": 0.01,
    "email_null": 0.01,
    "email_junk": 0.004,
    "email_malformed": 0.01,
    "address_null": 0.05,
}
"""People register themselves: they know how they are spelled."""

DUPLICATES = 0.06
AT_TILL_UNKNOWN = 0.25
"""Share of the tickets of a till without a customer."""

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


def customers(world: World) -> Records:
    """The records of the shop, whose ids the systems around it use as well."""
    return enrol(
        world.members("shop"),
        world.joined,
        world.first_sale(ONLINE, STORE),
        world.season.horizon_end,
        world.is_tester("shop"),
        DUPLICATES,
        world.streams.under("shop"),
    )


def customer_ids(numbers: Ints) -> Bytes:
    """100042 for 42."""
    return whole(numbers + 100_000)


def picture(world: World) -> Picture:
    """Customers, products, stores, and what was sold online and in the stores."""
    records = customers(world)
    online, online_sales = _online(world, records)
    in_store, in_store_sales = _in_store(world, records)
    ids = as_words(customer_ids(records.number))
    return Picture(
        tables=[
            _customers(world, records),
            _products(world),
            _stores(world),
            online,
            in_store,
        ],
        records=[record_truth("customers", ids, world, records)],
        sales=[online_sales, in_store_sales],
    )


def _customers(world: World, records: Records) -> Table:
    streams = world.streams.under("shop.customers")
    rates = replace(world.rates, **MESS)
    cards = type_cards(world, records, streams, rates, ("name", "email", "place"))
    return table_of_cards(
        "shop/Customers.csv",
        cards,
        {
            "CustomerID": as_words(customer_ids(records.number[cards.record])),
            "Name": full_names(cards, streams),
            "Email": cards.text["email"],
            "Address": lines(cards),
        },
    )


def _products(world: World) -> Table:
    products = world.products
    ids = as_words(product_ids(np.arange(len(products))))
    price = as_words(money(products.cents))
    return Table(
        "shop/Products.csv",
        ("ProductID", "Name", "Category", "Price"),
        np.zeros(len(products), dtype=np.int64),
        lambda rows: [
            ids[rows],
            products.name[rows],
            products.category[rows],
            price[rows],
        ],
    )


def product_ids(products: Ints) -> Bytes:
    """SKU-0042 for 41."""
    return numbered("SKU-", products + 1, 4)


def _stores(world: World) -> Table:
    stores = world.stores
    count = len(stores.city)
    ids = as_words(numbered("S", np.arange(count) + 1, 3))
    hours = np.array(["Mon-Sat 09:00-20:00", "Mon-Sun 10:00-18:00"], dtype=object)
    return Table(
        "shop/Stores.csv",
        ("StoreID", "Location", "Manager", "OpenHours"),
        np.zeros(count, dtype=np.int64),
        lambda rows: [
            ids[rows],
            stores.city[rows],
            stores.manager[rows],
            hours[rows % 2],
        ],
    )


def _online(world: World, records: Records) -> tuple[Table, SaleTruth]:
    sales = world.sales.of(ONLINE)
    sales = sales.where(world.delivery(sales.seconds) <= world.days)
    streams, count = world.streams.under("shop.online"), len(sales)
    record = records.at(sales.person, sales.seconds, streams("record"))
    payment = streams("payment").choice(count, [w for _, w in PAYMENTS])
    payments = vocabulary([name for name, _ in PAYMENTS])
    statuses = vocabulary(_STATUSES)
    ids = numbered("O", np.arange(1, count + 1), 8)
    unreadable = streams("unreadable").chance(count, world.rates.amount_unparseable)

    def render(rows: Ints) -> Columns:
        return [
            ids[rows],
            customer_ids(records.number[record[rows]]),
            product_ids(sales.product[rows].astype(np.int64)),
            timestamps(sales.seconds[rows]),
            payments[payment[rows]],
            blank(money(sales.cents[rows]), unreadable[rows]),
            statuses[sales.status[rows]],
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
        Table(
            "shop/OnlineTransactions.csv",
            columns,
            world.delivery(sales.seconds),
            render,
        ),
        sale_truth("online_transactions", ids, sales),
    )


def _in_store(world: World, records: Records) -> tuple[Table, SaleTruth]:
    sales = world.sales.of(STORE)
    sales = sales.where(world.delivery(sales.seconds) <= world.days)
    streams, count = world.streams.under("shop.in_store"), len(sales)
    record = records.at(sales.person, sales.seconds, streams("record"))
    unknown = streams("unknown").chance(count, AT_TILL_UNKNOWN)
    store = streams("store").below(len(world.stores.city), count)
    payment = streams("payment").choice(count, [w for _, w in _TILL_PAYMENTS])
    payments = vocabulary([name for name, _ in _TILL_PAYMENTS])
    ids = numbered("T", np.arange(1, count + 1), 8)

    def render(rows: Ints) -> Columns:
        return [
            ids[rows],
            blank(customer_ids(records.number[record[rows]]), unknown[rows]),
            numbered("S", store[rows] + 1, 3),
            timestamps(sales.seconds[rows]),
            money(sales.cents[rows]),
            payments[payment[rows]],
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
        Table(
            "shop/InStoreTransactions.csv",
            columns,
            world.delivery(sales.seconds),
            render,
        ),
        sale_truth("in_store_transactions", ids, sales),
    )
