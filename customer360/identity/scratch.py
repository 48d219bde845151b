"""A schema for one evaluation, gone with it, however it ends."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from customer360 import warehouse
from customer360.settings import Settings

_LOCK = 3600003
_PREFIX = "identity_"
_SCHEMA = re.compile(f"{_PREFIX}[0-7][0-9a-f]{{7}}")
_APPLICATION = "customer360 evaluate"


@dataclass(frozen=True)
class Scratch:
    """Where one evaluation has all that it makes."""

    schema: str
    """In the database, owned by the role that dbt works as."""
    folder: Path
    """For what dbt writes."""


@contextmanager
def scratch_schema(settings: Settings) -> Iterator[Scratch]:
    """Make a schema, of the first name that is free; drop it after the block.

    The names come again: dbt reads the whole project anew for one that it does not
    know. What a killed evaluation has left behind is dropped first. A connection that
    says nothing for as long as the block lasts holds a lock with the schema's number:
    as long as it is held, the evaluation lives.
    """
    with warehouse.connect(
        settings, "transformer", application_name=_APPLICATION, autocommit=True
    ) as connection:
        # some servers end connections that stay silent for long
        connection.execute("set idle_session_timeout = 0")
        # a name is taken in one database; another one's evaluations have it, too
        database = quote(connection.info.dbname, safe="")
        folders = settings.home / "evaluations" / database
        _remove_leftovers(connection, folders)
        scratch = _new(connection, folders)
        try:
            connection.execute(
                sql.SQL("create schema {}").format(sql.Identifier(scratch.schema))
            )
            scratch.folder.mkdir(parents=True)
            yield scratch
        finally:
            _remove(connection, scratch)


def _new(connection: psycopg.Connection, folders: Path) -> Scratch:
    number = 0
    while True:
        schema = f"{_PREFIX}{number:08x}"
        if not _exists(connection, schema) and _locked(connection, schema):
            return Scratch(schema, folders / schema)
        number += 1


def _remove_leftovers(connection: psycopg.Connection, folders: Path) -> None:
    rows = connection.execute(
        "select nspname from pg_namespace where starts_with(nspname, %s) "
        "and pg_has_role(nspowner, 'usage')",
        (_PREFIX,),
    ).fetchall()
    names = {name for (name,) in rows}
    if folders.is_dir():
        names |= {folder.name for folder in folders.iterdir()}
    for name in sorted(names):
        if _SCHEMA.fullmatch(name) and _locked(connection, name):
            _remove(connection, Scratch(name, folders / name))


def _remove(connection: psycopg.Connection, scratch: Scratch) -> None:
    shutil.rmtree(scratch.folder, ignore_errors=True)
    connection.execute(
        sql.SQL("drop schema if exists {} cascade").format(
            sql.Identifier(scratch.schema)
        )
    )
    connection.execute(
        "select pg_advisory_unlock(%s, %s)", (_LOCK, _number(scratch.schema))
    )


def _exists(connection: psycopg.Connection, schema: str) -> bool:
    row = connection.execute("select to_regnamespace(%s)", (schema,)).fetchone()
    return row != (None,)


def _locked(connection: psycopg.Connection, schema: str) -> bool:
    """Whether no other evaluation has this schema; if so, nobody else gets it."""
    row = connection.execute(
        "select pg_try_advisory_lock(%s, %s)", (_LOCK, _number(schema))
    ).fetchone()
    return row == (True,)


def _number(schema: str) -> int:
    return int(schema.removeprefix(_PREFIX), 16)
