"""What a fit is made of, read from the models that compare pairs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import psycopg
from psycopg import sql

from customer360.errors import UserError
from customer360.identity.em import Observations
from customer360.identity.model import DeclaredClass, Field, FreeField, Vectors

METHOD = "2"
"""Goes up when the same pairs would give other parameters than before."""


@dataclass(frozen=True)
class Observed:
    """The pairs of a schema, and what they are compared by."""

    fields: tuple[Field, ...]
    classes: tuple[DeclaredClass, ...]
    definitions: str
    """Hash of how fields, levels and classes are defined today."""
    pairs: Observations

    def fingerprint(self) -> str:
        """Same pairs, definitions and method, same 128 bits in hexadecimal."""
        digest = hashlib.sha256()
        known = (METHOD, self.definitions, self.pairs.records)
        digest.update(repr((*known, self.pairs.possible_pairs)).encode())
        for vectors in (self.pairs.candidates, self.pairs.unblocked):
            digest.update(len(vectors.packed).to_bytes(8, "little"))
            digest.update(vectors.packed.astype("<i8").tobytes())
            digest.update(vectors.pairs.astype("<f8").tobytes())
        return digest.hexdigest()[:32]


def read(connection: psycopg.Connection, schema: str) -> Observed:
    """Read them in one snapshot; UserError when dbt has not built them."""
    try:
        [(records, possible_pairs, definitions)] = _rows(
            connection,
            schema,
            "select profiles, possible_pairs, definitions from {}",
            "int_identity__pair_space",
        )
        return Observed(
            fields=tuple(_fields(connection, schema)),
            classes=tuple(_classes(connection, schema)),
            definitions=definitions,
            pairs=Observations(
                candidates=_vectors(connection, schema, "candidate"),
                unblocked=_vectors(connection, schema, "unblocked"),
                records=int(records),
                possible_pairs=int(possible_pairs),
            ),
        )
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        raise UserError(
            "The pairs of records have not been compared yet: run customer360 dbt "
            "build --select +int_identity__vectors +int_identity__pair_classes, and "
            "fit again."
        ) from None


def _rows(
    connection: psycopg.Connection, schema: str, query: str, table: str, *values: str
) -> list[tuple]:
    statement = sql.SQL(query).format(sql.Identifier(schema, table))
    return connection.execute(statement, values).fetchall()


def _fields(connection: psycopg.Connection, schema: str) -> Iterator[Field]:
    for name, position, levels, most_different in _rows(
        connection,
        schema,
        "select field, position, max(level), coalesce(min(most_of_matches), 1) "
        "from {} group by 1, 2 order by 2",
        "int_identity__comparison_levels",
    ):
        yield Field(name, int(position), int(levels), float(most_different))


def _classes(connection: psycopg.Connection, schema: str) -> Iterator[DeclaredClass]:
    rows = _rows(
        connection,
        schema,
        "select class, is_match, is_unblocked, field, needed_fields, needed_number "
        "from {} order by position",
        "int_identity__pair_classes",
    )
    for (name, is_match, is_unblocked), fields in groupby(
        rows, key=lambda row: row[:3]
    ):
        free = tuple(
            FreeField(field, _names(needed_fields), needed_number or 0)
            for *_, field, needed_fields, needed_number in fields
            if field is not None
        )
        yield DeclaredClass(name, is_match, free, is_unblocked)


def _names(joined: str | None) -> frozenset[str]:
    return frozenset(joined.split(",")) if joined else frozenset()


def _vectors(connection: psycopg.Connection, schema: str, origin: str) -> Vectors:
    rows = _rows(
        connection,
        schema,
        "select vector, pairs from {} where origin = %s",
        "int_identity__vectors",
        origin,
    )
    return Vectors.of([row[0] for row in rows], [row[1] for row in rows])
