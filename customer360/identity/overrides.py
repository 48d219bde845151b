"""What people decide about two records, whatever the models find: always, never."""

from __future__ import annotations

import getpass
import os
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import psycopg
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from customer360 import warehouse
from customer360.errors import UserError
from customer360.settings import Settings

Kind = Literal["always", "never"]

_LOCK = "customer360 identity overrides"
_SAYS = {"always": "are one customer", "never": "are two customers"}
_FROM_THEN_ON = "from the next run on"


@dataclass(frozen=True, order=True)
class Record:
    """A source's own record of a customer, as bridge_customer_identities names it."""

    system: str
    entity: str
    source_record_id: str

    @classmethod
    def read(cls, text: str) -> Record:
        """Read SYSTEM:ENTITY:ID, whose id may hold colons."""
        parts = text.split(":", 2)
        if len(parts) < 3 or not all(parts):
            raise UserError(
                f"{text!r} names no record: write SYSTEM:ENTITY:ID, as in "
                "shop:customers:1042 (the columns system, entity and source_record_id "
                "of bridge_customer_identities)."
            )
        return cls(*parts)

    def __str__(self) -> str:
        return f"{self.system}:{self.entity}:{self.source_record_id}"


@dataclass(frozen=True)
class Override:
    """One row of `ops.identity_overrides`."""

    override_id: int
    kind: Kind
    record: Record
    other: Record
    reason: str
    created_by: str
    created_at: datetime
    undone_by: str | None
    undone_at: datetime | None

    @property
    def pair(self) -> frozenset[Record]:
        """The two records, in no order."""
        return frozenset((self.record, self.other))


def add(
    settings: Settings,
    kind: Kind,
    first: str,
    second: str,
    *,
    reason: str,
    console: Console,
) -> int:
    """Have two records be one customer always, or never; returns the number of it.

    UserError when a record is not there, or when what was decided before says
    otherwise: then it says what to undo.
    """
    record, other = Record.read(first), Record.read(second)
    if record == other:
        raise UserError(f"{record} is one record: name two.")
    if not reason.strip():
        raise UserError("--reason: say why, for whoever wonders later.")
    warehouse.ensure_ready(settings)
    with _connect(settings) as connection:
        _check_there(connection, (record, other))
        _check_agrees(
            kind, record, other, [each for each in _all(connection) if _counts(each)]
        )
        [(number,)] = connection.execute(
            "insert into ops.identity_overrides (kind, system, entity, "
            "source_record_id, other_system, other_entity, other_source_record_id, "
            "reason, created_by) values (%s, %s, %s, %s, %s, %s, %s, %s, %s) "
            "returning override_id",
            (
                *(kind, *vars(record).values(), *vars(other).values()),
                *(reason.strip(), _user()),
            ),
        )
    console.print(
        f"Override {number}: {record} and {other} {_SAYS[kind]}, {_FROM_THEN_ON}.",
        **_PLAIN,
    )
    return number


def undo(settings: Settings, number: int, *, console: Console) -> None:
    """Let the evidence decide again; UserError when there is nothing to undo."""
    warehouse.ensure_ready(settings)
    with _connect(settings) as connection:
        found = {each.override_id: each for each in _all(connection)}
        if number not in found:
            raise UserError(
                f"There is no override {number}: customer360 identity overrides lists "
                "them."
            )
        if not _counts(found[number]):
            raise UserError(f"Override {number} has been undone already.")
        connection.execute(
            "update ops.identity_overrides "
            "set undone_by = %s, undone_at = clock_timestamp() where override_id = %s",
            (_user(), number),
        )
    console.print(
        f"Override {number} is undone: {found[number].record} and "
        f"{found[number].other} are whatever the evidence says, {_FROM_THEN_ON}.",
        **_PLAIN,
    )


def show(settings: Settings, *, console: Console) -> None:
    """List all that was ever decided, and what of it counts."""
    warehouse.ensure_ready(settings)
    with _connect(settings) as connection:
        overrides = _all(connection)
    if not overrides:
        console.print("Nobody has decided anything about records by hand.")
        return
    table = Table()
    for title in ("no.", "records", "are", "why", "who, when", "undone"):
        table.add_column(title, overflow="fold")
    for each in overrides:
        table.add_row(
            str(each.override_id),
            escape(f"{each.record}\n{each.other}"),
            "one" if each.kind == "always" else "two",
            escape(each.reason),
            f"{each.created_by}, {each.created_at:%Y-%m-%d}",
            f"{each.undone_by}, {each.undone_at:%Y-%m-%d}" if each.undone_at else "",
        )
    console.print(table)


_PLAIN = {"markup": False, "highlight": False, "soft_wrap": True}


def _connect(settings: Settings) -> psycopg.Connection:
    connection = warehouse.connect(
        settings, "transformer", application_name="customer360 identity overrides"
    )
    # two at a time could each contradict the other
    connection.execute(
        "select pg_advisory_xact_lock(hashtextextended(%s, 0))", (_LOCK,)
    )
    return connection


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # in a container it may have a number only
        return str(os.getuid())


def _all(connection: psycopg.Connection) -> list[Override]:
    rows = connection.execute(
        "select override_id, kind, system, entity, source_record_id, other_system, "
        "other_entity, other_source_record_id, reason, created_by, created_at, "
        "undone_by, undone_at from ops.identity_overrides order by override_id"
    )
    return [
        Override(number, kind, Record(*words[:3]), Record(*words[3:6]), *words[6:])
        for number, kind, *words in rows
    ]


def _counts(override: Override) -> bool:
    return override.undone_at is None


def _check_there(connection: psycopg.Connection, records: Iterable[Record]) -> None:
    """Refuse what would never have an effect, such as a mistyped id."""
    there = "select to_regclass('intermediate.int_customer_records')"
    if connection.execute(there).fetchone() == (None,):
        raise UserError(
            "There are no records yet: run the pipeline first (customer360 run)."
        )
    for record in records:
        if not connection.execute(
            "select true from intermediate.int_customer_records "
            "where (system, entity, source_record_id) = (%s, %s, %s)",
            tuple(vars(record).values()),
        ).fetchone():
            raise UserError(
                f"There is no record {record}: bridge_customer_identities has the "
                "system, entity and id of each."
            )


def _check_agrees(
    kind: Kind, record: Record, other: Record, counting: list[Override]
) -> None:
    pair = frozenset((record, other))
    for each in counting:
        if each.pair == pair and each.kind == kind:
            raise UserError(f"Override {each.override_id} says so already.")
        if each.pair == pair:
            raise UserError(
                f"Override {each.override_id} says the opposite: undo it first "
                f"(customer360 identity undo {each.override_id})."
            )
    always = [each for each in counting if each.kind == "always"]
    if kind == "never":
        path = _path(record, other, always)
        if path:
            raise UserError(
                f"{record} and {other} are one customer by {_names(path)}: undo one of "
                "them first (customer360 identity undo)."
            )
        return
    for each in counting:
        if each.kind != "never":
            continue
        for one, two in ((record, other), (other, record)):
            here = _path(each.record, one, always)
            there = _path(two, each.other, always)
            if here is not None and there is not None:
                raise UserError(
                    f"By {_names([*here, *there])}, {each.record} and {each.other} "
                    f"would be one customer, too, which override {each.override_id} "
                    "rules out: undo one of them first (customer360 identity undo)."
                )


def _path(
    start: Record, end: Record, always: Iterable[Override]
) -> list[Override] | None:
    """The always-links that lead from one record to another; None where none do."""
    neighbours: dict[Record, list[tuple[Record, Override]]] = {}
    for each in always:
        neighbours.setdefault(each.record, []).append((each.other, each))
        neighbours.setdefault(each.other, []).append((each.record, each))
    ways: dict[Record, list[Override]] = {start: []}
    waiting = deque([start])
    while waiting:
        record = waiting.popleft()
        if record == end:
            return ways[record]
        for neighbour, override in neighbours.get(record, ()):
            if neighbour not in ways:
                ways[neighbour] = [*ways[record], override]
                waiting.append(neighbour)
    return None


def _names(overrides: Iterable[Override]) -> str:
    """`override 3`, or `overrides 1 and 3`."""
    *numbers, last = sorted(each.override_id for each in overrides)
    if not numbers:
        return f"override {last}"
    return f"overrides {', '.join(map(str, numbers))} and {last}"
