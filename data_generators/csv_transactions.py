"""The transaction file of the `csv` system: what the customers bought, badly typed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data_generators.countries import Words
from data_generators.csv_customers import CustomerFile, customer_ids
from data_generators.draws import Ints, Stream, Streams
from data_generators.mess import MessRates
from data_generators.purchases import Purchases
from data_generators.writing import (
    AMOUNT_STYLES,
    DATE_STYLES,
    date_faults,
    write_amounts,
    write_dates,
)

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
    (88, "completed", ("Completed", "COMPLETED", "complete", " completed ")),
    (3, "pending", ("Pending", "PENDING", "pending ")),
    (4, "cancelled", ("Cancelled", "CANCELLED", "canceled", "Canceled")),
    (3, "refunded", ("Refunded", "REFUNDED", "refund")),
    (2, "failed", ("Failed", "FAILED", "failure")),
)
"""The same for each status."""

_REFUNDED = 3
_UNPARSEABLE_AMOUNTS = np.array(("N/A", "", "-", "TBD", "#VALUE!"), dtype=object)
_BATCH = 200_000


@dataclass(frozen=True)
class TransactionFile:
    """csv_transactions.csv as codes, a few bytes a row, until it is written.

    One entry a transaction in every array but `row_order`. What is written of a
    transaction depends on its own entry only, so that a row can be repeated to
    the letter.
    """

    row_order: Ints
    """The transaction of each row of the file."""
    customer: Ints
    customer_ids: Words
    """What `customer` is an index into; so with the next two pairs."""
    channel: Ints
    channels: Words
    status: Ints
    statuses: Words
    seconds: Ints
    date_style: NDArray[np.int8]
    date_fault: NDArray[np.int8]
    cents: Ints
    amount_style: NDArray[np.int8]
    amount_fault: NDArray[np.int8]
    """0, or one more than an index into the unparseable amounts."""

    @property
    def transactions(self) -> int:
        """How many there are, without the rows that are sent twice."""
        return len(self.customer)

    def batches(self) -> Iterator[list[Words]]:
        """The file's rows as lists of columns, a bounded number of rows each."""
        for start in range(0, len(self.row_order), _BATCH):
            rows = self.row_order[start : start + _BATCH]
            amounts = write_amounts(self.cents[rows], self.amount_style[rows])
            fault = self.amount_fault[rows]
            wrong = np.flatnonzero(fault)
            amounts[wrong] = _UNPARSEABLE_AMOUNTS[fault[wrong] - 1]
            yield [
                np.array([f"T{n:08d}" for n in (rows + 1).tolist()], dtype=object),
                self.customer_ids[self.customer[rows]],
                write_dates(
                    self.seconds[rows], self.date_style[rows], self.date_fault[rows]
                ),
                amounts,
                self.channels[self.channel[rows]],
                self.statuses[self.status[rows]],
            ]


def make_transactions(
    customers: CustomerFile, purchases: Purchases, streams: Streams, rates: MessRates
) -> TransactionFile:
    """The transactions of `purchases`, under the customer_ids of `customers`."""
    count = len(purchases)

    def draw(name: str) -> Stream:
        return streams(f"transaction.{name}")

    customer, ids = _customers(customers, purchases, streams, rates)
    channel = draw("channel").choice(count, [weight for weight, _, _ in CHANNELS])
    channel, channels = _spellings(channel, CHANNELS, draw("channel_spelling"), rates)
    channels = np.append(channels, "")
    channel[draw("channel_null").chance(count, rates.channel_null)] = len(channels) - 1

    status = draw("status").choice(count, [weight for weight, _, _ in STATUSES])
    cents = purchases.cents.copy()
    negative = draw("negative").chance(count, rates.refund_negative)
    negative &= status == _REFUNDED
    cents[negative] = -cents[negative]
    status, statuses = _spellings(status, STATUSES, draw("status_spelling"), rates)

    decoration = 1 + draw("decoration").below(len(AMOUNT_STYLES) - 1, count)
    decorated = draw("decorated").chance(count, rates.amount_decorated)
    unparseable = draw("unparseable").chance(count, rates.amount_unparseable)
    which = 1 + draw("which_unparseable").below(len(_UNPARSEABLE_AMOUNTS), count)
    return TransactionFile(
        row_order=_row_order(count, streams, rates),
        customer=customer,
        customer_ids=ids,
        channel=channel,
        channels=channels,
        status=status,
        statuses=statuses,
        seconds=purchases.seconds,
        date_style=draw("date_style")
        .choice(count, [weight for _, weight in DATE_STYLES])
        .astype(np.int8),
        date_fault=date_faults(
            count, rates.date_null, rates.date_impossible, draw("date_fault")
        ),
        cents=cents,
        amount_style=np.where(decorated, decoration, 0).astype(np.int8),
        amount_fault=np.where(unparseable, which, 0).astype(np.int8),
    )


def _customers(
    customers: CustomerFile, purchases: Purchases, streams: Streams, rates: MessRates
) -> tuple[Ints, Words]:
    """Who bought: any record that the person had by then, or nobody known."""
    count, records = len(purchases), customers.records
    # records stand by person and time: one search finds those entered so far
    span = int(max(records.seconds.max(), purchases.seconds.max(initial=0))) + 1
    first = np.searchsorted(records.person, purchases.person)
    behind = np.searchsorted(
        records.person * span + records.seconds,
        purchases.person * span + purchases.seconds,
        side="right",
    )
    record = first + streams("transaction.record").below(behind - first)

    missing = max(len(records) // 100, 5)
    unknown = customer_ids(len(records) + 1 + np.arange(missing, dtype=np.int64))
    orphan = np.flatnonzero(streams("transaction.orphan").chance(count, rates.orphans))
    record[orphan] = len(records) + streams("transaction.orphan_of").below(
        missing, len(orphan)
    )
    nobody = streams("transaction.nobody").chance(count, rates.customer_null)
    record[nobody] = len(records) + missing
    return record, np.concatenate([customers.ids, unknown, np.array([""], object)])


def _spellings(
    values: Ints,
    vocabulary: tuple[tuple[float, str, tuple[str, ...]], ...],
    stream: Stream,
    rates: MessRates,
) -> tuple[Ints, Words]:
    """Indices of spellings for indices into the vocabulary, and all spellings."""
    texts = [text for _, clean, others in vocabulary for text in (clean, *others)]
    sizes = np.array([1 + len(others) for _, _, others in vocabulary])
    clean = (np.cumsum(sizes) - sizes)[values]
    draw = stream.uniform(len(values))
    untidy = np.minimum(draw / rates.label_untidy, 1 - 2.0**-53)
    other = 1 + (untidy * (sizes[values] - 1)).astype(np.int64)
    spelled = clean + np.where(draw < rates.label_untidy, other, 0)
    return spelled, np.array(texts, dtype=object)


def _row_order(count: int, streams: Streams, rates: MessRates) -> Ints:
    """By time, with some repeated up to a thousand rows further down."""
    again = np.flatnonzero(
        streams("transaction.resent").chance(count, rates.transaction_resent)
    )
    later = again + streams("transaction.later").below(1000, len(again))
    position = np.concatenate([np.arange(count), later])
    return np.concatenate([np.arange(count), again])[
        np.argsort(position, kind="stable")
    ]
