"""What `published` says of itself: which run it shows, and each table's columns."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import psycopg

from customer360.publish.rows import Changes, Content
from customer360.publish.shapes import Shape

_TABLES = (
    """
    create table published.publication (
        publication_id bigint primary key,
        run_id text not null,
        as_of_date date,
        published_at timestamptz not null
    )
    """,
    """
    comment on table published.publication is
    'What readers see now; one row. The same data have the same run_id anywhere.'
    """,
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
    """
    comment on table published.publication_tables is
    'One row per published table: its key, and its columns in the contract''s order.'
    """,
)


@dataclass(frozen=True)
class TableNote:
    """What is noted of a published table."""

    content: Content
    primary_key: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    """Names and SQL types, in the contract's order."""

    @classmethod
    def of(cls, shape: Shape, content: Content) -> TableNote:
        """Note what a table of this shape holds."""
        return cls(content, shape.key, tuple(shape.types.items()))


def create_tables(connection: psycopg.Connection) -> None:
    """Create the tables for these notes, if they are not there."""
    with connection.transaction():
        [(missing,)] = connection.execute(
            "select to_regclass('published.publication_tables') is null"
        )
        if missing:
            for statement in _TABLES:
                connection.execute(statement)


def read_notes(connection: psycopg.Connection) -> dict[str, TableNote]:
    """What was noted last, by table."""
    found = connection.execute(
        "select table_name, row_count, fingerprint, primary_key, column_names, "
        "column_types from published.publication_tables"
    )
    return {
        table: TableNote(
            Content(row_count, fingerprint),
            tuple(key),
            tuple(zip(names, types, strict=True)),
        )
        for table, row_count, fingerprint, key, names, types in found
    }


def write_notes(connection: psycopg.Connection, notes: Mapping[str, TableNote]) -> None:
    """Make these the notes, leaving alone what stays the same."""
    known = read_notes(connection)
    for table in known.keys() - notes.keys():
        connection.execute(
            "delete from published.publication_tables where table_name = %s", (table,)
        )
    for table, note in notes.items():
        if known.get(table) == note:
            continue
        names, types = zip(*note.columns, strict=True)
        connection.execute(
            "insert into published.publication_tables (table_name, row_count, "
            "fingerprint, primary_key, column_names, column_types) "
            "values (%s, %s, %s, %s, %s, %s) on conflict (table_name) do update set "
            "row_count = excluded.row_count, fingerprint = excluded.fingerprint, "
            "primary_key = excluded.primary_key, "
            "column_names = excluded.column_names, "
            "column_types = excluded.column_types",
            (
                table,
                note.content.rows,
                note.content.fingerprint,
                list(note.primary_key),
                list(names),
                list(types),
            ),
        )


def run_id(as_of_date: date | None, notes: Mapping[str, TableNote]) -> str:
    """Name of the content: 128 bits in hexadecimal, the same on any server."""
    content = {
        "as_of_date": as_of_date.isoformat() if as_of_date else None,
        "tables": {
            table: {
                "columns": note.columns,
                "primary_key": note.primary_key,
                "rows": note.content.rows,
                "fingerprint": note.content.fingerprint,
            }
            for table, note in notes.items()
        },
    }
    text = json.dumps(content, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def name_publication(
    connection: psycopg.Connection,
    run: str,
    as_of_date: date | None,
    changes: Mapping[str, Changes],
) -> tuple[int, datetime, bool]:
    """Record the publication: its id, its time, and whether it is a new one.

    The content that was there before keeps the publication that brought it.
    """
    current = connection.execute(
        "select publication_id, published_at from published.publication "
        "where run_id = %s",
        (run,),
    ).fetchone()
    if current:
        return *current, False
    [(publication_id, published_at)] = connection.execute(
        "insert into ops.publications (run_id, as_of_date, tables, rows_inserted, "
        "rows_updated, rows_deleted) values (%s, %s, %s, %s, %s, %s) "
        "returning publication_id, published_at",
        (
            run,
            as_of_date,
            len(changes),
            sum(change.inserted for change in changes.values()),
            sum(change.updated for change in changes.values()),
            sum(change.deleted for change in changes.values()),
        ),
    )
    connection.execute("delete from published.publication")
    connection.execute(
        "insert into published.publication "
        "(publication_id, run_id, as_of_date, published_at) values (%s, %s, %s, %s)",
        (publication_id, run, as_of_date, published_at),
    )
    return publication_id, published_at, True
