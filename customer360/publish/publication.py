"""Publish: the whole transaction, from the gate to the new run's name."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime

import psycopg
from psycopg import sql
from rich.console import Console

from customer360 import warehouse
from customer360.errors import UserError
from customer360.publish import locks, rows, shapes
from customer360.publish.gate import refusals
from customer360.publish.project import Mart, Project, read_project
from customer360.publish.shapes import Shape
from customer360.settings import Settings

_DATED = ("customer_360", "as_of_date")
"""The mart and its column that say as of which date the run was computed."""

_MOST_REFUSALS = 20
_LOCK_WAIT = 60.0
_READER_PATIENCE = 300.0

_METADATA = (
    """
    create table published.publication (
        publication_id bigint primary key,
        run_id text not null,
        as_of_date date,
        published_at timestamptz not null
    )
    """,
    "comment on table published.publication is "
    "'What readers see now; one row. The same data have the same run_id anywhere.'",
    """
    create table published.publication_tables (
        table_name text collate "C" primary key,
        row_count bigint not null,
        fingerprint text not null,
        primary_key text[] not null,
        column_names text[] not null,
        column_types text[] not null
    )
    """,
    "comment on table published.publication_tables is "
    "'One row per published table: its key and its columns, in the order of the "
    "contract.'",
)

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
class PublishedTable:
    """One published table, and how many of its rows this publication touched."""

    name: str
    rows: int
    inserted: int = 0
    updated: int = 0
    deleted: int = 0


@dataclass(frozen=True)
class Publication:
    """What readers of `published` see."""

    publication_id: int
    run_id: str
    """128 bits in hexadecimal: names the content, so it knows no clock."""
    as_of_date: date | None
    published_at: datetime
    is_new: bool
    """False when this very content was published already: nothing was written."""
    tables: tuple[PublishedTable, ...]

    @property
    def inserted(self) -> int:
        """Rows added, over all tables."""
        return sum(table.inserted for table in self.tables)

    @property
    def updated(self) -> int:
        """Rows changed, over all tables."""
        return sum(table.updated for table in self.tables)

    @property
    def deleted(self) -> int:
        """Rows removed, over all tables."""
        return sum(table.deleted for table in self.tables)


def publish(settings: Settings, *, console: Console | None = None) -> Publication:
    """Bring the public marts of the newest tested build into `published`.

    One transaction: readers see it whole or not at all, and none is ever turned
    away. Publishing the same data again changes nothing and keeps the publication.
    UserError names the model or test because of which nothing was published.
    """
    started = time.monotonic()
    project = read_project(settings)
    warehouse.ensure_ready(settings)
    with (
        warehouse.pipeline_lock(settings),
        warehouse.connect(
            settings,
            "publisher",
            application_name="customer360 publish",
            autocommit=True,
        ) as connection,
    ):
        try:
            # first without any lock: a refusal need not wait for anybody
            _pass_gate(connection, project, console)
            _create_metadata(connection)
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            with connection.transaction():
                publication = _Run(connection, project, console).publish()
            connection.isolation_level = None
            _analyze(connection, publication)
        except psycopg.OperationalError as error:
            reason = error.diag.message_primary or str(error).strip().splitlines()[-1]
            raise UserError(
                f"Nothing was published, for the database said: {reason}. Publish "
                "again once that is put right."
            ) from None
    if console:
        _report(console, publication, time.monotonic() - started)
    return publication


@dataclass(frozen=True)
class _Known:
    """What the last publication noted about a table."""

    content: rows.Content
    primary_key: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]


class _Run:
    """One publication, inside its transaction."""

    def __init__(
        self,
        connection: psycopg.Connection,
        project: Project,
        console: Console | None,
    ) -> None:
        self.connection = connection
        self.project = project
        self.marts = {mart.name: mart for mart in project.marts}
        self.console = console

    def publish(self) -> Publication:
        """Do it all; the caller commits."""
        # before the snapshot is taken, so that nobody can swap a mart, or publish,
        # behind its back
        self._lock_marts()
        _pass_gate(self.connection, self.project, self.console)
        for name, value in _TEXT_FORMS.items():
            self.connection.execute("select set_config(%s, %s, true)", (name, value))

        wanted = shapes.wanted_shapes(self.connection, list(self.marts.values()))
        known = self._known()
        changes = self._bring_rows(wanted, known)
        contents = {
            table: self._content(table, shape, known.get(table), changes[table])
            for table, shape in wanted.items()
        }
        shapes.describe(self.connection, list(self.marts.values()))
        self._note(wanted, contents, known)
        as_of_date = self._as_of_date(wanted)
        run_id = _run_id(as_of_date, wanted, contents)
        publication_id, published_at, is_new = self._name(run_id, as_of_date, changes)
        return Publication(
            publication_id,
            run_id,
            as_of_date,
            published_at,
            is_new,
            tuple(
                PublishedTable(
                    table,
                    contents[table].rows,
                    change.inserted,
                    change.updated,
                    change.deleted,
                )
                for table, change in sorted(changes.items())
            ),
        )

    def _lock_marts(self) -> None:
        locks.wait_at_most(self.connection, _LOCK_WAIT)
        self.connection.execute(
            "lock table published.publication in share row exclusive mode"
        )
        for mart in self.marts.values():
            try:
                self.connection.execute(
                    sql.SQL("lock table {} in access share mode").format(_source(mart))
                )
            except psycopg.errors.UndefinedTable:
                raise UserError(
                    f"Nothing was published: {mart.schema}.{mart.name} is not there. "
                    "Run customer360 dbt build and publish again."
                ) from None

    def _known(self) -> dict[str, _Known]:
        found = self.connection.execute(
            "select table_name, row_count, fingerprint, primary_key, column_names, "
            "column_types from published.publication_tables"
        )
        return {
            table: _Known(
                rows.Content(row_count, fingerprint),
                tuple(key),
                tuple(zip(names, types, strict=True)),
            )
            for table, row_count, fingerprint, key, names, types in found
        }

    def _bring_rows(
        self, wanted: Mapping[str, Shape], known: Mapping[str, _Known]
    ) -> dict[str, rows.Changes]:
        now = shapes.published_shapes(self.connection)
        new = wanted.keys() - now.keys()
        altered = [
            table
            for table in sorted(wanted.keys() & now.keys())
            if (now[table].types, now[table].key)
            != (wanted[table].types, wanted[table].key)
        ]
        # a table that we did not publish is not ours to drop
        gone = sorted((known.keys() & now.keys()) - wanted.keys())

        changes = {}
        for table in sorted(wanted.keys() - set(altered)):
            with _sound_key(table):
                if table in new:
                    changes[table] = self._create(table, wanted[table])
                else:
                    changes[table] = self._synchronise(table, wanted[table])
        if altered or gone:
            # last, because readers of these tables have to wait from here on
            locks.take_from_readers(
                self.connection, altered + gone, patience=_READER_PATIENCE
            )
            locks.wait_at_most(self.connection, _LOCK_WAIT)
        for table in gone:
            shapes.drop(self.connection, table)
        for table in altered:
            with _sound_key(table):
                changes[table] = self._alter(table, now[table], wanted[table])
        return changes

    def _create(self, table: str, shape: Shape) -> rows.Changes:
        shapes.create(self.connection, table, shape)
        inserted = rows.fill(self.connection, table, self._source(table), shape)
        shapes.add_key(self.connection, table, shape)
        return rows.Changes(inserted=inserted)

    def _synchronise(self, table: str, shape: Shape) -> rows.Changes:
        return rows.synchronise(self.connection, table, self._source(table), shape)

    def _alter(self, table: str, now: Shape, wanted: Shape) -> rows.Changes:
        if now.has_key_of(wanted):
            shapes.reshape(self.connection, table, now, wanted)
            return self._synchronise(table, wanted)
        shapes.drop_key(self.connection, table)
        deleted = rows.empty(self.connection, table)
        shapes.reshape(self.connection, table, now, wanted)
        inserted = rows.fill(self.connection, table, self._source(table), wanted)
        shapes.add_key(self.connection, table, wanted)
        return rows.Changes(inserted=inserted, deleted=deleted)

    def _source(self, table: str) -> sql.Identifier:
        return _source(self.marts[table])

    def _content(
        self, table: str, shape: Shape, known: _Known | None, changes: rows.Changes
    ) -> rows.Content:
        if known and known.columns == tuple(shape.types.items()) and not changes:
            return known.content
        return rows.content(self.connection, table, shape)

    def _note(
        self,
        wanted: Mapping[str, Shape],
        contents: Mapping[str, rows.Content],
        known: Mapping[str, _Known],
    ) -> None:
        self.connection.execute(
            "delete from published.publication_tables where table_name <> all(%s)",
            (list(wanted),),
        )
        for table, shape in wanted.items():
            columns = tuple(shape.types.items())
            if known.get(table) == _Known(contents[table], shape.key, columns):
                continue
            self.connection.execute(
                "insert into published.publication_tables values "
                "(%s, %s, %s, %s, %s, %s) on conflict (table_name) do update set "
                "row_count = excluded.row_count, fingerprint = excluded.fingerprint, "
                "primary_key = excluded.primary_key, "
                "column_names = excluded.column_names, "
                "column_types = excluded.column_types",
                (
                    table,
                    contents[table].rows,
                    contents[table].fingerprint,
                    list(shape.key),
                    list(shape.types),
                    list(shape.types.values()),
                ),
            )

    def _as_of_date(self, wanted: Mapping[str, Shape]) -> date | None:
        table, column = _DATED
        if table not in wanted or wanted[table].types.get(column) != "date":
            return None
        [(first, last)] = self.connection.execute(
            sql.SQL("select min({0}), max({0}) from {1}").format(
                sql.Identifier(column), self._source(table)
            )
        )
        if first != last:
            raise UserError(
                f"Nothing was published: the rows of {table} were computed as of "
                f"different dates, {first} to {last}. Run customer360 dbt build "
                "--full-refresh and publish again."
            )
        return first

    def _name(
        self,
        run_id: str,
        as_of_date: date | None,
        changes: Mapping[str, rows.Changes],
    ) -> tuple[int, datetime, bool]:
        current = self.connection.execute(
            "select publication_id, published_at from published.publication "
            "where run_id = %s",
            (run_id,),
        ).fetchone()
        if current:
            return *current, False
        [(publication_id, published_at)] = self.connection.execute(
            "insert into ops.publications (run_id, as_of_date, tables, "
            "rows_inserted, rows_updated, rows_deleted) "
            "values (%s, %s, %s, %s, %s, %s) returning publication_id, published_at",
            (
                run_id,
                as_of_date,
                len(changes),
                sum(change.inserted for change in changes.values()),
                sum(change.updated for change in changes.values()),
                sum(change.deleted for change in changes.values()),
            ),
        )
        self.connection.execute("delete from published.publication")
        self.connection.execute(
            "insert into published.publication "
            "(publication_id, run_id, as_of_date, published_at) "
            "values (%s, %s, %s, %s)",
            (publication_id, run_id, as_of_date, published_at),
        )
        return publication_id, published_at, True


def _pass_gate(
    connection: psycopg.Connection, project: Project, console: Console | None
) -> None:
    reasons = refusals(connection, project)
    if not reasons:
        return
    if console and len(reasons) > 1:
        for reason in reasons[:_MOST_REFUSALS]:
            console.print(f"  - {reason}", highlight=False, markup=False)
        if len(reasons) > _MOST_REFUSALS:
            console.print(f"  - and {len(reasons) - _MOST_REFUSALS} more")
    others = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
    raise UserError(
        f"Nothing was published: {reasons[0]}{others}. Run customer360 dbt build and "
        "publish again."
    )


def _create_metadata(connection: psycopg.Connection) -> None:
    # on its own, so that the publication can lock these before its snapshot
    with connection.transaction():
        if connection.execute(
            "select to_regclass('published.publication_tables') is null"
        ).fetchone() == (True,):
            for statement in _METADATA:
                connection.execute(statement)


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


def _source(mart: Mart) -> sql.Identifier:
    return sql.Identifier(mart.schema, mart.name)


def _run_id(
    as_of_date: date | None,
    wanted: Mapping[str, Shape],
    contents: Mapping[str, rows.Content],
) -> str:
    content = {
        "as_of_date": as_of_date.isoformat() if as_of_date else None,
        "tables": {
            table: {
                "columns": list(shape.types.items()),
                "primary_key": shape.key,
                "rows": contents[table].rows,
                "fingerprint": contents[table].fingerprint,
            }
            for table, shape in wanted.items()
        },
    }
    text = json.dumps(content, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _analyze(connection: psycopg.Connection, publication: Publication) -> None:
    connection.execute("set lock_timeout = '5s'")
    for table in publication.tables:
        if table.inserted or table.updated or table.deleted:
            # if autovacuum is at the table, it does the same
            with suppress(psycopg.errors.LockNotAvailable):
                connection.execute(
                    sql.SQL("analyze {}").format(shapes.published(table.name))
                )


def _report(console: Console, publication: Publication, seconds: float) -> None:
    dated = f", as of {publication.as_of_date}" if publication.as_of_date else ""
    if publication.is_new:
        what = (
            f"Published {len(publication.tables)} marts: {publication.inserted:,} rows "
            f"added, {publication.updated:,} changed, {publication.deleted:,} removed"
        )
    else:
        what = f"{len(publication.tables)} marts were published already, unchanged"
    console.print(
        f"{what} (run {publication.run_id[:8]}{dated}, {seconds:.1f} s).",
        highlight=False,
    )
