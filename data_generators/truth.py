"""What is true, in files apart from the data: for evaluation only."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from data_generators.draws import Ints
from data_generators.files import BATCH, NewFile, NewFiles
from data_generators.pictures import Picture
from data_generators.rows import (
    Bytes,
    blank,
    money,
    numbered,
    timestamps,
    vocabulary,
    whole,
)
from data_generators.sales import COMPLETED, STATUS_NAMES
from data_generators.world import World

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
        "revenue",
        "purchases_next_90_days",
        "revenue_next_90_days",
    ),
)


class Truth:
    """The truth files being written, in a folder of their own."""

    def __init__(self, folder: Path, world: World, files: NewFiles) -> None:
        self._folder, self._world, self._files = folder, world, files
        self._records = self._open(RECORDS)
        self._sales = self._open(SALES)
        self._campaign = np.append(vocabulary(world.campaigns.name), b"")
        self._status = vocabulary(STATUS_NAMES)
        self.records = 0
        self.persons = int((world.joined < world.delivered_until).sum())

    def _open(self, file: tuple[str, tuple[str, ...]]) -> NewFile:
        name, columns = file
        return self._files.open(self._folder / name, columns)

    def add(self, system: str, picture: Picture) -> None:
        """What is true of one system's records and sales."""
        for records in picture.records:
            rows = np.flatnonzero(records.delivery <= self._world.days)
            for some in _batches(rows):
                ids = records.ids[some]
                self._records.write(
                    [
                        np.full(len(some), system.encode()),
                        np.full(len(some), records.entity.encode()),
                        ids.astype(np.bytes_) if ids.dtype == object else ids,
                        _person_ids(records.person[some]),
                    ]
                )
            self.records += len(rows)
        for sales in picture.sales:
            delivered = self._world.delivery(sales.seconds) <= self._world.days
            for some in _batches(np.flatnonzero(delivered)):
                self._sales.write(
                    [
                        np.full(len(some), system.encode()),
                        np.full(len(some), sales.entity.encode()),
                        sales.ids[some],
                        _person_ids(sales.person[some]),
                        timestamps(sales.seconds[some]),
                        money(sales.cents[some]),
                        np.full(len(some), b"usd")
                        if sales.currency is None
                        else sales.currency[some],
                        self._status[sales.status[some]],
                        self._campaign[sales.campaign[some]],
                    ]
                )

    def finish(self) -> None:
        """What is true of the world, whichever systems were written."""
        self._persons()
        self._cases()
        self._campaigns()
        self._parameters()

    def _persons(self) -> None:
        world, buyers, sales = self._world, self._world.buyers, self._world.sales
        until = world.delivered_until
        counts: list[Ints] = []
        for begin, end in ((0, until), (until, until + 90 * 86_400)):
            done = (sales.seconds >= begin) & (sales.seconds < end)
            done &= sales.status == COMPLETED
            person = sales.person[done]
            size = len(world.people)
            counts.append(np.bincount(person, minlength=size))
            revenue = np.bincount(person, sales.cents[done], minlength=size)
            counts.append(revenue.astype(np.int64))
        file = self._open(PERSONS)
        left = world.gone < until
        because = np.where(world.gone < buyers.left, b"support", b"process")
        yes_no = vocabulary(("false", "true"))
        for rows in _batches(np.flatnonzero(world.joined < until)):
            file.write(
                [
                    _person_ids(rows),
                    timestamps(world.joined[rows]),
                    yes_no[buyers.buys[rows].astype(np.int64)],
                    _decimals(buyers.rate[rows]),
                    _decimals(buyers.leaving[rows]),
                    blank(
                        timestamps(np.where(left[rows], world.gone[rows], 0)),
                        ~left[rows],
                    ),
                    blank(because[rows], ~left[rows]),
                    whole(counts[0][rows]),
                    money(counts[1][rows]),
                    whole(counts[2][rows]),
                    money(counts[3][rows]),
                ]
            )

    def _cases(self) -> None:
        pass

    def _campaigns(self) -> None:
        pass

    def _parameters(self) -> None:
        pass


def _batches(rows: Ints) -> list[Ints]:
    return [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]


def _person_ids(persons: Ints) -> Bytes:
    return numbered("P", persons + 1, 7)


def _decimals(values: np.ndarray) -> Bytes:
    """Six decimals of numbers between 0 and a million."""
    parts = np.rint(values * 1e6).astype(np.int64)
    text = numbered("", parts % 1_000_000, 6)
    return np.char.add(np.char.add(whole(parts // 1_000_000), b"."), text)
