"""Rows: what differs between a mart and its published table, and its content."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg import sql

from customer360.publish.shapes import Column, Shape, identifiers, published

_CHANGE = sql.Identifier("published change")
"""Column of the table of changes; no mart can have one of that name."""

_COMPARABLE = frozenset(
    {
        "bigint",
        "boolean",
        "date",
        "integer",
        "smallint",
        "timestamp without time zone",
        "timestamp with time zone",
        "uuid",
    }
)
"""Types of which two equal values are always written the same."""


_BINARY = {
    "double precision": "float8send({})",
    "real": "float4send({})",
}


@dataclass(frozen=True)
class Changes:
    """How many rows of a published table were touched."""

    inserted: int = 0
    updated: int = 0
    deleted: int = 0

    def __bool__(self) -> bool:
        return bool(self.inserted or self.updated or self.deleted)


@dataclass(frozen=True)
class Content:
    """What a published table holds: the same on any server for the same rows."""

    rows: int
    fingerprint: str
    """128 bits over all rows, in hexadecimal, whatever their order."""


def fill(
    connection: psycopg.Connection, table: str, source: sql.Identifier, shape: Shape
) -> int:
    """Copy a whole mart into its empty published table; returns the rows.

    They go in by key, so that exports find them in the order they need.
    """
    return connection.execute(
        sql.SQL(
            "insert into {target} ({names}) select {names} from {source} {}"
        ).format(
            _in_order(shape),
            target=published(table),
            names=identifiers(shape.names),
            source=source,
        )
    ).rowcount


def empty(connection: psycopg.Connection, table: str) -> int:
    """Delete all rows; never truncate, which readers would notice."""
    return connection.execute(
        sql.SQL("delete from {}").format(published(table))
    ).rowcount


def synchronise(
    connection: psycopg.Connection, table: str, source: sql.Identifier, shape: Shape
) -> Changes:
    """Make the published table's rows those of the mart, touching what differs.

    The differences are found by a query of their own: unlike MERGE, that can use
    more than one processor, and needs no look at the rows that stay as they are.
    """
    connection.execute("drop table if exists pg_temp.changes")
    connection.execute(_differences(table, source, shape))
    [(differ,)] = connection.execute("select exists (select from pg_temp.changes)")
    if not differ:
        return Changes()
    connection.execute("analyze pg_temp.changes")

    parts = {
        "target": published(table),
        "change": _CHANGE,
        "of_same_key": _of_same_key("target", "changes", shape),
        "names": identifiers(shape.names),
        "order": _in_order(shape),
        "assignments": sql.SQL(", ").join(
            sql.SQL("{0} = changes.{0}").format(sql.Identifier(name))
            for name in shape.names
        ),
    }
    deleted = connection.execute(
        sql.SQL(
            "delete from {target} as target using pg_temp.changes as changes "
            "where changes.{change} = 'delete' and {of_same_key}"
        ).format(**parts)
    ).rowcount
    updated = connection.execute(
        sql.SQL(
            "update {target} as target set {assignments} "
            "from pg_temp.changes as changes "
            "where changes.{change} = 'update' and {of_same_key}"
        ).format(**parts)
    ).rowcount
    inserted = connection.execute(
        sql.SQL(
            "insert into {target} ({names}) select {names} from pg_temp.changes "
            "where {change} = 'insert' {order}"
        ).format(**parts)
    ).rowcount
    return Changes(inserted, updated, deleted)


def content(connection: psycopg.Connection, table: str, shape: Shape) -> Content:
    """Count and fingerprint a published table's rows.

    Each row is hashed in its text form; as rows are distinct, by their key, the
    exclusive or of the hashes tells sets of rows apart.
    """
    [(count, bits)] = connection.execute(
        sql.SQL(
            "select count(*), bit_xor(('x' || md5(row({})::text))::bit(128))::text "
            "from {}"
        ).format(identifiers(shape.names), published(table))
    )
    return Content(count, f"{int(bits or '0', 2):032x}")


def _differences(table: str, source: sql.Identifier, shape: Shape) -> sql.Composed:
    built_key = sql.Identifier("built", shape.key[0])
    shown_key = sql.Identifier("shown", shape.key[0])
    differs = [sql.SQL("{} is null").format(key) for key in (built_key, shown_key)]
    values = []
    for column in shape.columns:
        built = sql.Identifier("built", column.name)
        shown = sql.Identifier("shown", column.name)
        if column.name in shape.key:
            values.append(
                sql.SQL("coalesce({}, {}) as {}").format(
                    built, shown, sql.Identifier(column.name)
                )
            )
        else:
            values.append(built)
        if column.name not in shape.key or not _is_comparable(column):
            differs.append(_differs(column, built, shown))
    return sql.SQL(
        """
        create temporary table changes on commit drop as
        select
            {values},
            case
                when {shown_key} is null then 'insert'
                when {built_key} is null then 'delete'
                else 'update'
            end as {change}
        from (select {names} from {source}) as built
        full join (select {names} from {target}) as shown on {of_same_key}
        where {differs}
        """
    ).format(
        values=sql.SQL(", ").join(values),
        shown_key=shown_key,
        built_key=built_key,
        change=_CHANGE,
        names=identifiers(shape.names),
        source=source,
        target=published(table),
        of_same_key=_of_same_key("built", "shown", shape),
        differs=sql.SQL(" or ").join(differs),
    )


def _is_comparable(column: Column) -> bool:
    return (
        column.has_collation
        or column.type in _COMPARABLE
        or column.type.startswith("numeric(")
    )


def _differs(
    column: Column, built: sql.Identifier, shown: sql.Identifier
) -> sql.Composed:
    """Whether two values differ in any way that can be seen.

    1.0 and 1.00 are equal, as are 0 and -0: what is published, and so each export,
    would then depend on what had been published before.
    """
    if column.has_collation:
        form = sql.SQL('{} collate "C"')
    elif _is_comparable(column):
        form = sql.SQL("{}")
    elif column.type == "numeric":
        form = sql.SQL("({0}, scale({0}))")
    elif column.type in _BINARY:
        form = sql.SQL(_BINARY[column.type])
    else:
        form = sql.SQL("{}::text")
    return sql.SQL("{} is distinct from {}").format(
        form.format(built), form.format(shown)
    )


def _of_same_key(left: str, right: str, shape: Shape) -> sql.Composed:
    return sql.SQL(" and ").join(
        sql.SQL("{} = {}").format(
            _collated(sql.Identifier(left, name), name in shape.collated),
            _collated(sql.Identifier(right, name), name in shape.collated),
        )
        for name in shape.key
    )


def _in_order(shape: Shape) -> sql.Composed:
    return sql.SQL("order by {}").format(
        sql.SQL(", ").join(
            _collated(sql.Identifier(name), name in shape.collated)
            for name in shape.key
        )
    )


def _collated(value: sql.Identifier, is_text: bool) -> sql.Composed:
    return sql.SQL('{} collate "C"' if is_text else "{}").format(value)
