"""What is true, in files apart from the data: for evaluation only."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from data_generators.draws import Ints
from data_generators.files import BATCH, NewFiles, NewTable
from data_generators.pictures import Picture, RecordTruth, SaleTruth
from data_generators.rows import (
    blank,
    decimals,
    money,
    timestamps,
    vocabulary,
    whole,
)
from data_generators.sales import COMPLETED, STATUS_NAMES
from data_generators.world import World, person_ids

RECORDS = ("records.csv", ("system", "entity", "record_id", "person_id"))
SALES = (
    "sales.csv",
    (
        "system",
        "entity",
        "sale_id",
        "person_id",
        "ordered_at",
        "amount",
        "currency",
        "status",
        "campaign",
    ),
)
PERSONS = (
    "persons.csv",
    (
        "person_id",
        "joined_at",
        "buys",
        "purchases_a_week",
        "chance_of_leaving",
        "left_at",
        "left_because",
        "purchases",
        "spent",
        "purchases_next_90_days",
        "spent_next_90_days",
        "revenue_usd",
        "revenue_eur",
        "revenue_gbp",
    ),
)
CURRENCIES = (b"usd", b"eur", b"gbp")
_NEXT = 90 * 86_400


class Truth:
    """The truth files being written, in a folder of their own."""

    def __init__(self, folder: Path, world: World, files: NewFiles) -> None:
        self._folder, self._world, self._files = folder, world, files
        self._records = self._open(*RECORDS)
        self._sales = self._open(*SALES)
        self._campaign = vocabulary([*world.campaigns.name, ""])
        self._status = vocabulary(STATUS_NAMES)
        self._revenue = np.zeros((len(CURRENCIES), len(world.people)), dtype=np.int64)
        self.records = 0
        self.persons = int((world.joined < world.delivered_until).sum())

    def _open(self, name: str, columns: Sequence[str]) -> NewTable:
        return self._files.open(self._folder / name, columns)

    def add(self, system: str, picture: Picture) -> None:
        """What is true of one system's records and sales, as far as delivered."""
        for records in picture.records:
            self._add_records(system, records)
        for sales in picture.sales:
            self._add_sales(system, sales)
        for table in picture.truths:
            file = self._open(table.file, table.columns)
            file.add(table, np.flatnonzero(table.delivery <= self._world.days))

    def _add_records(self, system: str, records: RecordTruth) -> None:
        rows = np.flatnonzero(records.delivery <= self._world.days)
        head = vocabulary([f"{system},{records.entity}"])
        for some in _batches(rows):
            self._records.write(
                [
                    np.repeat(head, len(some)),
                    records.ids[some],
                    person_ids(records.person[some]),
                ]
            )
        self.records += len(rows)

    def _add_sales(self, system: str, sales: SaleTruth) -> None:
        rows = np.flatnonzero(self._world.delivery(sales.seconds) <= self._world.days)
        head = vocabulary([f"{system},{sales.entity}"])
        currency = sales.currency
        if currency is None:
            currency = np.repeat(np.array(CURRENCIES[:1]), len(sales.person))
        for some in _batches(rows):
            self._sales.write(
                [
                    np.repeat(head, len(some)),
                    sales.ids[some],
                    person_ids(sales.person[some]),
                    timestamps(sales.seconds[some]),
                    money(sales.cents[some]),
                    currency[some],
                    self._status[sales.status[some]],
                    self._campaign[sales.campaign[some]],
                ]
            )
        for index, code in enumerate(CURRENCIES):
            done = rows[(sales.status[rows] == COMPLETED) & (currency[rows] == code)]
            self._revenue[index] += _sums(
                sales.person[done], sales.cents[done], len(self._world.people)
            )

    def finish(self) -> None:
        """What is true of the people, and by which parameters it came about."""
        world = self._world
        self._persons()
        notes = {
            "purchase_process.json": {
                **asdict(world.options.purchases),
                "time": "weeks of operational time, in which nothing is seasonal",
                "money": "US dollars",
            },
            "effects.json": {
                "support": asdict(world.options.support),
                "campaigns": asdict(world.options.campaigns),
            },
        }
        for name, note in notes.items():
            self._files.text(self._folder / name, json.dumps(note, indent=2) + "\n")

    def _persons(self) -> None:
        world, buyers = self._world, self._world.buyers
        until = world.delivered_until
        count, spent = _bought(world, 0, until)
        next_count, next_spent = _bought(world, until, until + _NEXT)
        left = world.gone < until
        because = np.where(world.gone < buyers.left, b"support", b"process")
        yes_no = vocabulary(("false", "true"))
        file = self._open(*PERSONS)
        for rows in _batches(np.flatnonzero(world.joined < until)):
            left_at = timestamps(np.where(left[rows], world.gone[rows], 0))
            file.write(
                [
                    person_ids(rows),
                    timestamps(world.joined[rows]),
                    yes_no[buyers.buys[rows].astype(np.int64)],
                    decimals(buyers.rate[rows]),
                    decimals(buyers.leaving[rows]),
                    blank(left_at, ~left[rows]),
                    blank(because[rows], ~left[rows]),
                    whole(count[rows]),
                    money(spent[rows]),
                    whole(next_count[rows]),
                    money(next_spent[rows]),
                    *(money(cents[rows]) for cents in self._revenue),
                ]
            )


def _bought(world: World, begin: int, end: int) -> tuple[Ints, Ints]:
    """Number and sum of what each person buys in that time, whatever becomes of it."""
    sales, size = world.sales, len(world.people)
    rows = np.flatnonzero((sales.seconds >= begin) & (sales.seconds < end))
    person = sales.person[rows]
    return np.bincount(person, minlength=size), _sums(person, sales.cents[rows], size)


def _sums(person: Ints, cents: Ints, size: int) -> Ints:
    # doubles hold whole cents exactly, up to 90 million million of them
    return np.bincount(person, cents, minlength=size).astype(np.int64)


def _batches(rows: Ints) -> list[Ints]:
    return [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]
