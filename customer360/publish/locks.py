"""Locks on published tables that never end a reader's query."""

from __future__ import annotations

import time
from collections.abc import Sequence

import psycopg
from psycopg import sql

from customer360.errors import UserError
from customer360.publish.shapes import PUBLISHED, published

_LONGEST_TRY = 0.5
_LONGEST_PAUSE = 2.0


def wait_at_most(connection: psycopg.Connection, seconds: float) -> None:
    """Let this transaction's statements wait so long for a lock."""
    connection.execute(
        sql.SQL("set local lock_timeout = {}").format(
            sql.Literal(max(1, int(seconds * 1000)))
        )
    )


def take_from_readers(
    connection: psycopg.Connection, tables: Sequence[str], *, patience: float
) -> None:
    """Lock tables whose columns have to change, all of them or none.

    A reader may hold one of them and ask for the next. PostgreSQL would take that
    for a deadlock after `deadlock_timeout` and could end the reader's query, so
    each try gives up well before, lets the readers through and starts again.
    UserError after `patience` seconds.
    """
    row = connection.execute(
        "select setting::float / 1000 from pg_settings where name = 'deadlock_timeout'"
    ).fetchone()
    longest_try = min(_LONGEST_TRY, row[0] / 2 if row else _LONGEST_TRY)
    give_up = time.monotonic() + patience
    pause = 0.1
    while True:
        try:
            with connection.transaction():
                _take(connection, tables, time.monotonic() + longest_try)
            return
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
            if time.monotonic() + pause > give_up:
                raise UserError(
                    "Nothing was published: the columns of "
                    f"{', '.join(f'{PUBLISHED}.{table}' for table in tables)} have to "
                    f"change, and for {patience:.0f} seconds somebody was reading "
                    "there all the time. End that query or transaction and publish "
                    "again."
                ) from None
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


def _take(
    connection: psycopg.Connection, tables: Sequence[str], deadline: float
) -> None:
    for table in tables:
        wait_at_most(connection, deadline - time.monotonic())
        connection.execute(
            sql.SQL("lock table {} in access exclusive mode").format(published(table))
        )
