"""Columns and keys: what tables have, what they should have, how to get there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import sql

from customer360.errors import UserError
from customer360.publish.project import Mart

PUBLISHED = "published"


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    name: str
    type: str
    """The full name of its SQL type, such as `numeric(12,2)`."""
    has_collation: bool
    """Whether it is text, whose order depends on a collation."""


@dataclass(frozen=True)
class Shape:
    """The columns of a table, in order, and its primary key."""

    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        return tuple(column.name for column in self.columns)

    @property
    def types(self) -> dict[str, str]:
        """SQL type by column."""
        return {column.name: column.type for column in self.columns}

    @property
    def collated(self) -> frozenset[str]:
        """Names of the text columns."""
        return frozenset(c.name for c in self.columns if c.has_collation)

    def is_like(self, other: Shape) -> bool:
        """Whether both have the same columns, in any order, and the same key."""
        return self.types == other.types and self.key == other.key

    def has_key_of(self, other: Shape) -> bool:
        """Whether both have the same key, of the same types."""
        mine, others = self.types, other.types
        return self.key == other.key and all(
            mine[name] == others[name] for name in self.key
        )


def published(table: str) -> sql.Identifier:
    """Qualified name of a published table."""
    return sql.Identifier(PUBLISHED, table)


def identifiers(names: Sequence[str]) -> sql.Composed:
    """Join columns' names by commas."""
    return sql.SQL(", ").join(map(sql.Identifier, names))


def wanted_shapes(
    connection: psycopg.Connection, marts: Sequence[Mart]
) -> dict[str, Shape]:
    """Shape that each published table should have.

    The order is the contract's, the types are those that dbt built. UserError when
    a mart was built from another contract than the present one.
    """
    found = {
        schema: _columns(connection, schema) for schema in {m.schema for m in marts}
    }
    wanted = {}
    for mart in marts:
        built = {
            column.name: column for column in found[mart.schema].get(mart.name, ())
        }
        if built.keys() != mart.columns.keys():
            raise UserError(
                f"Nothing was published: the contract of {mart.name} has changed since "
                "it was built. Run customer360 dbt build and publish again."
            )
        columns = tuple(built[name] for name in mart.columns)
        wanted[mart.name] = Shape(columns, mart.primary_key)
    return wanted


def published_shapes(connection: psycopg.Connection) -> dict[str, Shape]:
    """Shapes of the tables that are in `published` now, whoever made them."""
    keys = dict(
        connection.execute(
            """
            select
                pg_class.relname,
                array_agg(pg_attribute.attname::text order by part.position)
            from pg_index
            inner join pg_class on pg_index.indrelid = pg_class.oid
            cross join unnest(pg_index.indkey)
                with ordinality as part (number, position)
            inner join pg_attribute
                on pg_class.oid = pg_attribute.attrelid
                and part.number = pg_attribute.attnum
            where pg_class.relnamespace = %s::regnamespace and pg_index.indisprimary
            group by pg_class.relname
            """,
            (PUBLISHED,),
        ).fetchall()
    )
    return {
        table: Shape(tuple(columns), tuple(keys.get(table, ())))
        for table, columns in _columns(connection, PUBLISHED).items()
    }


def create(connection: psycopg.Connection, table: str, shape: Shape) -> None:
    """Create a published table, as yet without its key."""
    definitions = [_definition(column, shape) for column in shape.columns]
    connection.execute(
        sql.SQL("create table {} ({})").format(
            published(table), sql.SQL(", ").join(definitions)
        )
    )


def add_key(connection: psycopg.Connection, table: str, shape: Shape) -> None:
    """Give a published table its primary key."""
    key = sql.SQL("add primary key ({})").format(identifiers(shape.key))
    _alter(connection, table, [key])


def drop_key(connection: psycopg.Connection, table: str) -> None:
    """Take a published table's primary key away, if it has one."""
    row = connection.execute(
        "select conname from pg_constraint "
        "where conrelid = to_regclass(%s) and contype = 'p'",
        (published(table).as_string(connection),),
    ).fetchone()
    if row:
        key = sql.SQL("drop constraint {}").format(sql.Identifier(row[0]))
        _alter(connection, table, [key])


def reshape(
    connection: psycopg.Connection, table: str, now: Shape, wanted: Shape
) -> None:
    """Add and remove columns; one of another type is removed and added anew.

    Letting PostgreSQL rewrite the table (alter column type) would show it empty to
    every transaction that is reading already. This way such a transaction keeps its
    rows, if it is a repeatable read, with nothing in that column.
    """
    before, after = now.types, wanted.types
    steps = [
        sql.SQL("drop column {}").format(sql.Identifier(name))
        for name, type_ in before.items()
        if after.get(name) != type_
    ]
    steps += [
        sql.SQL("add column {}").format(_definition(column, wanted))
        for column in wanted.columns
        if before.get(column.name) != column.type
    ]
    if steps:
        _alter(connection, table, steps)


def drop(connection: psycopg.Connection, table: str) -> None:
    """Drop a published table."""
    with _dependents_named(table):
        connection.execute(sql.SQL("drop table {}").format(published(table)))


def describe(connection: psycopg.Connection, marts: Sequence[Mart]) -> None:
    """Copy the contract's descriptions to the published tables, where they differ."""
    now = {
        (table, column): text
        for table, column, text in connection.execute(
            """
            select pg_class.relname, pg_attribute.attname, pg_description.description
            from pg_description
            inner join pg_class on pg_description.objoid = pg_class.oid
            left join pg_attribute
                on pg_class.oid = pg_attribute.attrelid
                and pg_description.objsubid = pg_attribute.attnum
                and pg_description.objsubid > 0
            where pg_description.classoid = 'pg_class'::regclass
                and pg_class.relnamespace = %s::regnamespace
            """,
            (PUBLISHED,),
        )
    }
    for mart in marts:
        if now.get((mart.name, None), "") != mart.description:
            _comment(connection, "table", published(mart.name), mart.description)
        for column, description in mart.columns.items():
            if now.get((mart.name, column), "") != description:
                name = sql.Identifier(PUBLISHED, mart.name, column)
                _comment(connection, "column", name, description)


def _comment(
    connection: psycopg.Connection, kind: str, name: sql.Identifier, text: str
) -> None:
    connection.execute(
        sql.SQL("comment on {} {} is {}").format(sql.SQL(kind), name, sql.Literal(text))
    )


def _definition(column: Column, shape: Shape) -> sql.Composed:
    definition = sql.SQL("{} {}").format(
        sql.Identifier(column.name), sql.SQL(column.type)
    )
    if column.has_collation and column.name in shape.key:
        # ordered by its bytes, so the same on every server
        definition += sql.SQL(' collate "C"')
    return definition


def _alter(
    connection: psycopg.Connection, table: str, steps: Sequence[sql.Composable]
) -> None:
    with _dependents_named(table):
        connection.execute(
            sql.SQL("alter table {} {}").format(
                published(table), sql.SQL(", ").join(steps)
            )
        )


@contextmanager
def _dependents_named(table: str) -> Iterator[None]:
    try:
        yield
    except psycopg.errors.DependentObjectsStillExist as error:
        detail = (error.diag.message_detail or "").splitlines()
        raise UserError(
            f"Nothing was published: the shape of {PUBLISHED}.{table} has to change, "
            f"but {detail[0] if detail else 'something depends on it'}. Drop that "
            "first, and create it again afterwards."
        ) from None


def _columns(connection: psycopg.Connection, schema: str) -> dict[str, list[Column]]:
    found: dict[str, list[Column]] = {}
    for table, *column in connection.execute(
        """
        select
            pg_class.relname,
            pg_attribute.attname,
            format_type(pg_attribute.atttypid, pg_attribute.atttypmod),
            pg_attribute.attcollation <> 0
        from pg_class
        inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
        inner join pg_attribute on pg_class.oid = pg_attribute.attrelid
        where pg_namespace.nspname = %s
            and pg_class.relkind in ('r', 'p', 'v', 'm')
            and pg_attribute.attnum > 0
            and not pg_attribute.attisdropped
        order by pg_class.relname, pg_attribute.attnum
        """,
        (schema,),
    ):
        found.setdefault(table, []).append(Column(*column))
    return found
