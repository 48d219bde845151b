"""One pipeline at a time in a database."""

from __future__ import annotations

import getpass
import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import LiteralString

import psycopg

from customer360.errors import UserError
from customer360.settings import Settings
from customer360.warehouse.connections import connect

_KEY = 3600002
_HOLDER = "C360_PIPELINE_LOCK_HOLDER"
_APPLICATION = "customer360 run"
_LONGEST_NAME = 63  # bytes; PostgreSQL cuts longer ones off


@contextmanager
def pipeline_lock(
    settings: Settings, *, wait: float = 0, process: int | None = None
) -> Iterator[None]:
    """Hold the database for one run; UserError when another run has it.

    Waits up to `wait` seconds for it. The lock ends with the process that took
    it, however that ends. Within the block, the same process and those it starts
    may take it again: they work for the same run. Whoever is kept waiting is told
    of `process`, which is this one unless it works for another.
    """
    with connect(
        settings,
        "transformer",
        application_name=_name(process or os.getpid()),
        autocommit=True,
    ) as connection:
        if _held_by_ancestor(connection):
            yield
            return
        # some servers end connections that stay silent for long
        connection.execute("set idle_session_timeout = 0")
        _wait(connection, "select pg_try_advisory_lock(%s)", wait)
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


def keep_runs_away(connection: psycopg.Connection, *, wait: float = 0) -> None:
    """Until this transaction ends, no run begins, for it would see half of it.

    Any number of transactions may do so at the same time. UserError when a run has
    the database and has not ended after `wait` seconds.
    """
    if not _held_by_ancestor(connection):
        _wait(connection, "select pg_try_advisory_xact_lock_shared(%s)", wait)
        connection.execute(
            "select set_config('application_name', %s, true)", (_name(os.getpid()),)
        )


def _wait(connection: psycopg.Connection, attempt: LiteralString, wait: float) -> None:
    deadline = time.monotonic() + wait
    while connection.execute(attempt, (_KEY,)).fetchone() != (True,):
        if time.monotonic() >= deadline:
            raise UserError(_who(connection))
        time.sleep(min(0.5, max(0.0, deadline - time.monotonic())))


def _holders(connection: psycopg.Connection) -> list[int]:
    """Server processes that hold the lock in this database."""
    rows = connection.execute(
        "select pid from pg_locks where locktype = 'advisory' and granted "
        "and classid = 0 and objid = %s and objsubid = 1 and database = "
        "(select oid from pg_database where datname = current_database())",
        (_KEY,),
    )
    return [pid for (pid,) in rows]


def _held_by_ancestor(connection: psycopg.Connection) -> bool:
    claimed = os.environ.get(_HOLDER, "")
    return claimed.isdecimal() and int(claimed) in _holders(connection)


def _who(connection: psycopg.Connection) -> str:
    # on a server that was given, the other one's connection is the URL's user's
    connection.execute("reset role")
    row = connection.execute(
        "select to_char(backend_start, 'HH24:MI'), application_name "
        "from pg_stat_activity where pid = any(%s) "
        # those of other roles, such as a load's, are hidden from this one
        "order by backend_start nulls last limit 1",
        (_holders(connection),),
    ).fetchone()
    since = who = ""
    if row and row[0]:
        since = f" since {row[0]} UTC"
        process = re.fullmatch(rf"{_APPLICATION}: (\d+) (\S+)", row[1])
        who = f" (process {process[1]} of {process[2]})" if process else ""
    return (
        f"Another run is using this database{since}{who}: wait until it has ended, or "
        "stop it."
    )


def _name(process: int) -> str:
    """What the holder of the lock calls itself, for whoever has to wait for it."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # in a container it may have a number only
        user = str(os.getuid())
    name = f"{_APPLICATION}: {process} {user}@{socket.gethostname()}"
    return name[:_LONGEST_NAME]
