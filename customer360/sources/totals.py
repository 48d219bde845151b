"""Whose the amount is that a row of sales states: the row's, or its whole order's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from customer360.ingest.declarations import normalised
from customer360.sources.names import singular
from customer360.sources.recognise import CHOSEN, Column
from customer360.sources.sample import Sample

Meanings = Mapping[str | None, Column]


def is_line(entity: str, key: Sequence[Column], by_meaning: Meanings) -> bool:
    """Whether an order may have several of the rows."""
    order = by_meaning.get("order_id")
    if order is None:
        return singular(entity).endswith("line")
    return tuple(key) != (order,)


def states_amounts_of_lines(sample: Sample, by_meaning: Meanings) -> bool:
    """Whether the amount of a line is the line's own: its header says so, or an
    order's lines differ in it, and all of them have it."""
    amount = by_meaning["amount"]
    if "line" in normalised(amount.header):
        return True
    return amount.profile.fill == 1 and any(
        len(set(amounts)) > 1 for amounts in _several(sample, by_meaning)
    )


def counts_once_per_order(
    sample: Sample, key: Sequence[Column], by_meaning: Meanings
) -> bool:
    """Whether the amount is the order's, and repeated in each of its lines: its
    header says total, and in the sample it is the same in all lines of an order, but
    not of all orders. Nobody has said that it is the line's."""
    order, amount = by_meaning.get("order_id"), by_meaning.get("amount")
    if order is None or amount is None or tuple(key) == (order,):
        return False
    several = _several(sample, by_meaning)
    return (
        "total" in normalised(amount.header)
        and "line" not in normalised(amount.header)
        and amount.certainty != CHOSEN
        and all(len(set(amounts)) == 1 for amounts in several)
        and len({amounts[0] for amounts in several}) > 1
    )


def total_notes(
    sample: Sample, key: Sequence[Column], by_meaning: Meanings
) -> list[str]:
    """An amount that all lines of an order repeat is the order's, not the line's;
    where they have prices and quantities, it is of no account."""
    order = by_meaning.get("order_id")
    if order is None or "amount" not in by_meaning or tuple(key) == (order,):
        return []
    header = by_meaning["amount"].header
    if states_amounts_of_lines(sample, by_meaning):
        return []
    if {"unit_price", "quantity"} <= set(by_meaning):
        return [
            f"a line's amount is its quantity times its unit price: {header} may be "
            "the whole order's"
        ]
    if counts_once_per_order(sample, key, by_meaning):
        return [
            f"{header} is the same in all lines of an order: it is taken for the "
            "order's total, and counted once, with its first line. If it is the "
            f"line's, say --map {header}=amount"
        ]
    several = _several(sample, by_meaning)
    if len(several) < 2 or any(len(set(amounts)) > 1 for amounts in several):
        return []
    return [
        f"{header} is the same in all lines of an order: if it is the order's total, "
        "it is counted once a line. Say what is the line's, with --map COLUMN=amount, "
        "or unit_price and quantity"
    ]


def _several(sample: Sample, by_meaning: Meanings) -> list[list[str | None]]:
    """The amounts of each order that has several rows."""
    if "order_id" not in by_meaning:
        return []
    order, amount = (
        sample.headers.index(by_meaning[meaning].header)
        for meaning in ("order_id", "amount")
    )
    lines: dict[str | None, list[str | None]] = {}
    for row in set(sample.rows):
        lines.setdefault(row[order], []).append(row[amount])
    return [amounts for amounts in lines.values() if len(amounts) > 1]
