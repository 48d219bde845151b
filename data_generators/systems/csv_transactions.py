"""The transaction file of the `csv` system: what the customers bought, badly typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from data_generators.draws import Ints, Stream
from data_generators.files import Table
from data_generators.mess import MessRates
from data_generators.pictures import SaleTruth, sale_truth
from data_generators.rows import numbered
from data_generators.sales import CSV, REFUNDED
from data_generators.systems.csv_customers import CustomerFile, customer_ids
from data_generators.words import Words
from data_generators.world import World
from data_generators.writing import (
    AMOUNT_STYLES,
    DATE_STYLES,
    date_faults,
    write_amounts,
    write_dates,
)

FILE = "csv_transactions.csv"
COLUMNS = (
    "transaction_id",
    "customer_id",
    "transaction_date",
    "amount",
    "channel",
    "status",
)

CHANNELS = (
    (46, "online", ("Online", "ONLINE", " online", "on-line", "web")),
    (29, "in_store", ("In Store", "IN_STORE", "in-store", "in_store ", "store")),
    (18, "mobile_app", ("Mobile App", "MOBILE_APP", "mobile app", "app", "mobile")),
    (7, "phone", ("Phone", "PHONE", " phone ", "telephone")),
)
"""Weight, clean spelling and untidy ones of each channel."""

STATUSES = (
    ("completed", ("Completed", "COMPLETED", "complete", " completed ")),
    ("pending", ("Pending", "PENDING", "pending ")),
    ("cancelled", ("Cancelled", "CANCELLED", "canceled", "Canceled")),
    ("refunded", ("Refunded", "REFUNDED", "refund")),
    ("failed", ("Failed", "FAILED", "failure")),
)
"""Clean spelling and untidy ones of each of `STATUS_NAMES`."""

_UNPARSEABLE_AMOUNTS = np.array(("N/A", "", "-", "TBD", "#VALUE!"), dtype=object)
_NOBODYS = 9_000_001
"""The customer_ids from here on are nobody's."""


def make_transactions(world: World, customers: CustomerFile) -> tuple[Table, SaleTruth]:
    """The sales of the csv system, under the customer_ids of `customers`."""
    sales = world.sales.of(CSV)
    sales = sales.where(world.delivery(sales.seconds) <= world.days)
    count, rates = len(sales), world.rates.of("csv")

    def draw(name: str) -> Stream:
        return world.streams(f"transaction.{name}")

    customer, ids = _customers(
        customers, sales.person, sales.seconds, world.csv_people, draw, rates
    )
    channel = draw("channel").choice(count, [weight for weight, _, _ in CHANNELS])
    channel, channels = _spellings(
        channel, [c[1:] for c in CHANNELS], draw("channel_spelling"), rates
    )
    channels = np.append(channels, "")
    channel[draw("channel_null").chance(count, rates.channel_null)] = len(channels) - 1

    cents = sales.cents.copy()
    negative = draw("negative").chance(count, rates.refund_negative)
    negative &= sales.status == REFUNDED
    cents[negative] = -cents[negative]
    status, statuses = _spellings(
        sales.status.astype(np.int64), STATUSES, draw("status_spelling"), rates
    )

    decoration = 1 + draw("decoration").below(len(AMOUNT_STYLES) - 1, count)
    decorated = draw("decorated").chance(count, rates.amount_decorated)
    style = np.where(decorated, decoration, 0).astype(np.int8)
    unparseable = draw("unparseable").chance(count, rates.amount_unparseable)
    which = 1 + draw("which_unparseable").below(len(_UNPARSEABLE_AMOUNTS), count)
    fault = np.where(unparseable, which, 0).astype(np.int8)
    date_style = draw("date_style").choice(count, [weight for _, weight in DATE_STYLES])
    date_style = date_style.astype(np.int8)
    date_fault = date_faults(
        count, rates.date_null, rates.date_impossible, draw("date_fault")
    )
    delivery = world.delivery(sales.seconds)
    order = _row_order(delivery, draw, rates)

    def render(rows: Ints) -> list[Words]:
        # what is written of a transaction depends on its own entry only, so that
        # a row can be repeated to the letter
        sale = order[rows]
        amounts = write_amounts(cents[sale], style[sale])
        wrong = np.flatnonzero(fault[sale])
        amounts[wrong] = _UNPARSEABLE_AMOUNTS[fault[sale][wrong] - 1]
        return [
            transaction_ids(sale + 1),
            ids[customer[sale]],
            write_dates(sales.seconds[sale], date_style[sale], date_fault[sale]),
            amounts,
            channels[channel[sale]],
            statuses[status[sale]],
        ]

    number = np.arange(1, count + 1)
    return (
        Table(FILE, COLUMNS, delivery[order], render),
        sale_truth("transactions", numbered("T", number, 8), world, sales),
    )


def transaction_ids(numbers: Ints) -> Words:
    """T00000042 for 42."""
    return np.array([f"T{n:08d}" for n in numbers.tolist()], dtype=object)


def _customers(
    customers: CustomerFile,
    person: Ints,
    seconds: Ints,
    known: int,
    draw: Callable[[str], Stream],
    rates: MessRates,
) -> tuple[Ints, Words]:
    """Who bought: any record that the person had by then, or nobody known."""
    count, records = len(person), customers.records
    record = records.at(person, seconds, draw("record"))
    missing = max(known // 100, 5)
    unknown = customer_ids(_NOBODYS + np.arange(missing, dtype=np.int64))
    orphan = np.flatnonzero(draw("orphan").chance(count, rates.orphans))
    record[orphan] = len(records) + draw("orphan_of").below(missing, len(orphan))
    nobody = draw("nobody").chance(count, rates.customer_null)
    record[nobody] = len(records) + missing
    return record, np.concatenate([customers.ids, unknown, np.array([""], object)])


def _spellings(
    values: Ints,
    vocabulary: Sequence[tuple[str, tuple[str, ...]]],
    stream: Stream,
    rates: MessRates,
) -> tuple[Ints, Words]:
    """Indices of spellings for indices into the vocabulary, and all spellings."""
    texts = [text for clean, others in vocabulary for text in (clean, *others)]
    sizes = np.array([1 + len(others) for _, others in vocabulary])
    clean = (np.cumsum(sizes) - sizes)[values]
    draw = stream.uniform(len(values))
    rate = rates.label_untidy
    untidy = np.minimum(draw / rate, 1 - 2.0**-53) if rate else draw
    other = 1 + (untidy * (sizes[values] - 1)).astype(np.int64)
    spelled = clean + np.where(draw < rate, other, 0)
    return spelled, np.array(texts, dtype=object)


def _row_order(delivery: Ints, draw: Callable[[str], Stream], rates: MessRates) -> Ints:
    """By time, with some repeated up to a thousand rows further down.

    A row is repeated in the delivery that it came with.
    """
    count = len(delivery)
    again = np.flatnonzero(draw("resent").chance(count, rates.transaction_resent))
    later = again + draw("later").below(1000, len(again))
    position = np.concatenate([np.arange(count), later])
    sale = np.concatenate([np.arange(count), again])
    return sale[np.lexsort((position, delivery[sale]))]
