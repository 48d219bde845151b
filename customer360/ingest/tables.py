"""The tables of the raw schema, made from their declarations."""

from __future__ import annotations

from collections import defaultdict

import psycopg
from psycopg import sql

from customer360 import warehouse
from customer360.errors import UserError
from customer360.ingest.declarations import (
    SCHEMA,
    DeclaredTable,
    declared_tables,
)
from customer360.settings import Settings

SOURCE_FILE = "c360.source_file"
BATCH_ID = "c360.batch_id"
"""Settings of a loading transaction, from which the lineage columns are filled:
no value needs to be sent with every row."""

_LINEAGE = sql.SQL("""
    _source_file text not null default current_setting('c360.source_file', true),
    _row_number bigint not null,
    _batch_id bigint not null
        default nullif(current_setting('c360.batch_id', true), '')::bigint,
    _loaded_at timestamptz not null default now(),
    _extra jsonb
""")
_LOCK = "customer360 raw tables"
_PATIENCE = "30s"


def create_declared_tables(settings: Settings) -> None:
    """Create the raw tables that are declared and missing, and add columns that
    a declaration has gained. Nothing is ever dropped. Safe concurrently."""
    tables = declared_tables(settings)
    with warehouse.connect(settings, "loader") as connection:
        if not _missing(connection, tables):
            return
        connection.execute(
            "select pg_advisory_xact_lock(hashtextextended(%s, 0))", (_LOCK,)
        )
        connection.execute(
            sql.SQL("set local lock_timeout = {}").format(sql.Literal(_PATIENCE))
        )
        # somebody else may have made them while we waited
        for statement in _missing(connection, tables):
            try:
                connection.execute(statement)
            except psycopg.errors.LockNotAvailable:
                raise UserError(
                    "A raw table has gained a column but is being read: wait for the "
                    "running work to end, then try again."
                ) from None


def _missing(
    connection: psycopg.Connection, tables: list[DeclaredTable]
) -> list[sql.Composed]:
    """The statements that are still needed."""
    present = defaultdict(set)
    for table, column in connection.execute(
        "select pg_class.relname, pg_attribute.attname from pg_attribute "
        "inner join pg_class on pg_attribute.attrelid = pg_class.oid "
        "where pg_class.relnamespace = %s::regnamespace "
        "and pg_attribute.attnum > 0 and not pg_attribute.attisdropped",
        (SCHEMA,),
    ):
        present[table].add(column)

    statements = []
    for table in tables:
        definitions = [
            sql.SQL("{} text").format(sql.Identifier(column.name))
            for column in table.columns
            if column.name not in present[table.name]
        ]
        name = sql.Identifier(SCHEMA, table.name)
        if not present[table.name]:
            body = sql.SQL(", ").join([*definitions, _LINEAGE])
            statements.append(sql.SQL("create table {} ({})").format(name, body))
        elif definitions:
            added = sql.SQL(", ").join(
                sql.SQL("add column {}").format(item) for item in definitions
            )
            statements.append(sql.SQL("alter table {} {}").format(name, added))
    return statements
