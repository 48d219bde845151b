"""One pipeline at a time in a database."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg

from customer360.errors import UserError
from customer360.settings import Settings
from customer360.warehouse.connections import connect

_KEY = 3600002
_HOLDER = "C360_PIPELINE_LOCK_HOLDER"


@contextmanager
def pipeline_lock(settings: Settings, *, wait: float = 0) -> Iterator[None]:
    """Hold the database for one run; UserError when another run has it.

    Waits up to `wait` seconds for it. The lock ends with the process that took
    it, however that ends. Within the block, the same process and those it starts
    may take it again: they work for the same run.
    """
    with connect(
        settings, "transformer", application_name="customer360 run", autocommit=True
    ) as connection:
        if _held_by_ancestor(connection):
            yield
            return
        # some servers end connections that stay silent for long
        connection.execute("set idle_session_timeout = 0")
        deadline = time.monotonic() + wait
        while not _try(connection):
            if time.monotonic() >= deadline:
                raise UserError(_who(connection))
            time.sleep(min(0.5, max(0.0, deadline - time.monotonic())))
        before = os.environ.get(_HOLDER)
        os.environ[_HOLDER] = str(connection.info.backend_pid)
        try:
            yield
        finally:
            if before is None:
                os.environ.pop(_HOLDER, None)
            else:
                os.environ[_HOLDER] = before
            # a lost connection has given the lock back already
            with suppress(psycopg.OperationalError):
                connection.execute("select pg_advisory_unlock(%s)", (_KEY,))


def _try(connection: psycopg.Connection) -> bool:
    row = connection.execute("select pg_try_advisory_lock(%s)", (_KEY,)).fetchone()
    return bool(row and row[0])


def _holder(connection: psycopg.Connection) -> int | None:
    """Server process that holds the lock in this database."""
    row = connection.execute(
        "select pid from pg_locks where locktype = 'advisory' and granted "
        "and classid = 0 and objid = %s and objsubid = 1 and database = "
        "(select oid from pg_database where datname = current_database())",
        (_KEY,),
    ).fetchone()
    return row[0] if row else None


def _held_by_ancestor(connection: psycopg.Connection) -> bool:
    claimed = os.environ.get(_HOLDER)
    return bool(claimed) and claimed == str(_holder(connection))


def _who(connection: psycopg.Connection) -> str:
    row = connection.execute(
        "select to_char(backend_start, 'HH24:MI') from pg_stat_activity where pid = %s",
        (_holder(connection),),
    ).fetchone()
    since = f" since {row[0]} UTC" if row and row[0] else ""
    return (
        f"Another run is using this database{since}: wait until it has ended, or stop "
        "it."
    )
