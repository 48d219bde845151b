"""The one transaction that brings the marts over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import psycopg
from psycopg import sql

from customer360.errors import UserError
from customer360.publish import locks, rows, shapes
from customer360.publish.metadata import TableNote
from customer360.publish.project import Mart
from customer360.publish.shapes import Shape

_DATE = "as_of_date"
"""Column by which a mart says as of which date it was computed."""

_LOCK_WAIT = 60.0
_READER_PATIENCE = 300.0

_TEXT_FORMS = {
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "iso_8601",
    "TimeZone": "UTC",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "xmlbinary": "base64",
    "lc_monetary": "C",
}
"""Fingerprints are taken of values as text: that must not depend on the server."""


@dataclass(frozen=True)
class Brought:
    """What a publication brought: changes and notes by table, and its date."""

    changes: Mapping[str, rows.Changes]
    notes: Mapping[str, TableNote]
    as_of_date: date | None


def lock_marts(connection: psycopg.Connection, marts: Mapping[str, Mart]) -> None:
    """Keep everyone from publishing, and dbt from replacing a mart, until the end.

    Comes first in the transaction: no statement here takes its snapshot, so what
    the transaction sees afterwards is what it has locked.
    """
    locks.wait_at_most(connection, _LOCK_WAIT)
    connection.execute("lock table published.publication in share row exclusive mode")
    for mart in marts.values():
        try:
            connection.execute(
                sql.SQL("lock table {} in access share mode").format(_source(mart))
            )
        except psycopg.errors.UndefinedTable:
            raise UserError(
                f"Nothing was published: {mart.schema}.{mart.name} is not there. Run "
                "customer360 dbt build and publish again."
            ) from None


def bring(
    connection: psycopg.Connection,
    marts: Mapping[str, Mart],
    known: Mapping[str, TableNote],
) -> Brought:
    """Make the published tables those of the marts; `known` is what was noted last."""
    _prepare(connection)
    wanted = shapes.wanted_shapes(connection, list(marts.values()))
    changes = _Tables(connection, marts, wanted, known).bring()
    shapes.describe(connection, list(marts.values()))
    notes = {}
    for table, shape in wanted.items():
        note = known.get(table)
        if changes[table] or not note or note != TableNote.of(shape, note.content):
            note = TableNote.of(shape, rows.content(connection, table, shape))
        notes[table] = note
    return Brought(changes, notes, _as_of_date(connection, marts, wanted))


class _Tables:
    """Table by table, those first whose readers notice nothing."""

    def __init__(
        self,
        connection: psycopg.Connection,
        marts: Mapping[str, Mart],
        wanted: Mapping[str, Shape],
        known: Mapping[str, TableNote],
    ) -> None:
        self.connection = connection
        self.marts = marts
        self.wanted = wanted
        self.now = shapes.published_shapes(connection)
        # a table that was not published is not ours to drop
        self.gone = sorted((known.keys() & self.now.keys()) - wanted.keys())
        self.altered = sorted(
            table
            for table in wanted.keys() & self.now.keys()
            if not self.now[table].is_like(wanted[table])
        )

    def bring(self) -> dict[str, rows.Changes]:
        """Bring every table over and drop those that are gone."""
        changes = {}
        for table in sorted(self.wanted.keys() - set(self.altered)):
            with _sound_key(table):
                if table in self.now:
                    changes[table] = self._synchronise(table)
                else:
                    changes[table] = self._create(table)
        if self.altered or self.gone:
            # from here on, readers of these tables have to wait
            locks.take_from_readers(
                self.connection,
                [*self.altered, *self.gone],
                patience=_READER_PATIENCE,
            )
            locks.wait_at_most(self.connection, _LOCK_WAIT)
        for table in self.gone:
            shapes.drop(self.connection, table)
        for table in self.altered:
            with _sound_key(table):
                changes[table] = self._alter(table)
        return dict(sorted(changes.items()))

    def _create(self, table: str) -> rows.Changes:
        shapes.create(self.connection, table, self.wanted[table])
        return rows.Changes(inserted=self._fill(table))

    def _synchronise(self, table: str) -> rows.Changes:
        source = _source(self.marts[table])
        return rows.synchronise(self.connection, table, source, self.wanted[table])

    def _alter(self, table: str) -> rows.Changes:
        now, wanted = self.now[table], self.wanted[table]
        if now.has_key_of(wanted):
            shapes.reshape(self.connection, table, now, wanted)
            return self._synchronise(table)
        shapes.drop_key(self.connection, table)
        deleted = rows.empty(self.connection, table)
        shapes.reshape(self.connection, table, now, wanted)
        return rows.Changes(inserted=self._fill(table), deleted=deleted)

    def _fill(self, table: str) -> int:
        source, shape = _source(self.marts[table]), self.wanted[table]
        filled = rows.fill(self.connection, table, source, shape)
        shapes.add_key(self.connection, table, shape)
        return filled


def _prepare(connection: psycopg.Connection) -> None:
    for name, value in _TEXT_FORMS.items():
        connection.execute("select set_config(%s, %s, true)", (name, value))
    # a server as it comes would compare large tables piece by piece, through files
    connection.execute(
        "select set_config('work_mem', '64MB', true) "
        "where pg_size_bytes(current_setting('work_mem')) < pg_size_bytes('64MB')"
    )


def _as_of_date(
    connection: psycopg.Connection,
    marts: Mapping[str, Mart],
    wanted: Mapping[str, Shape],
) -> date | None:
    """Return the latest date that a mart names; one that keeps a history has more."""
    latest = [
        sql.SQL("select max({}) as latest from {}").format(
            sql.Identifier(_DATE), _source(marts[table])
        )
        for table, shape in wanted.items()
        if shape.types.get(_DATE) == "date"
    ]
    if not latest:
        return None
    [(as_of_date,)] = connection.execute(
        sql.SQL("select max(latest) from ({}) as dates").format(
            sql.SQL(" union all ").join(latest)
        )
    )
    return as_of_date


def _source(mart: Mart) -> sql.Identifier:
    return sql.Identifier(mart.schema, mart.name)


@contextmanager
def _sound_key(table: str) -> Iterator[None]:
    try:
        yield
    except psycopg.errors.IntegrityError:
        # PostgreSQL's own message quotes the row
        raise UserError(
            f"Nothing was published: the primary key of {table} is empty or appears "
            "twice in some rows. Test it in dbt, and publish again."
        ) from None
