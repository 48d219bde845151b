"""Loads in processes of their own, and ways to stop one in the middle."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import IO

import psycopg

from customer360.settings import Settings

from .shop import Shop


def many(rows: int) -> bytes:
    """A file of people."""
    header = b"id,name,city\n"
    return header + b"".join(b"%d,some name,some city\n" % k for k in range(rows))


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until it is so."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.02)


@contextmanager
def gate(shop: Shop, row: int, table: str = "raw.shop_people") -> Iterator[None]:
    """While this lasts, a load stops at its record number `row` and waits."""
    key = secrets.randbits(31)
    name = f"gate_{key}"
    with shop.admin() as connection:
        connection.execute(
            f"create function {name}() returns trigger language plpgsql "
            f"security definer as $$ begin if new._row_number = {row} then "
            f"perform pg_advisory_xact_lock_shared({key}); end if; "
            "return new; end $$"
        )
        connection.execute(
            f"create trigger {name} before insert on {table} "
            f"for each row execute function {name}()"
        )
        connection.execute("select pg_advisory_lock(%s)", (key,))
        yield
        # a test may have killed the server
        with suppress(psycopg.OperationalError):
            connection.execute("select pg_advisory_unlock(%s)", (key,))


def remove_gates(shop: Shop) -> None:
    """Let all records pass from now on."""
    with shop.admin() as connection:
        for trigger, table in connection.execute(
            "select tgname, tgrelid::regclass::text from pg_trigger "
            "where tgname like 'gate\\_%'"
        ).fetchall():
            connection.execute(f"drop trigger {trigger} on {table}")


def waiting(shop: Shop) -> int:
    """Loads that wait for a lock."""
    return shop.query(
        "select count(*) from pg_locks where locktype = 'advisory' and not granted "
        "and database = (select oid from pg_database "
        "where datname = current_database())"
    )[0][0]


def loaders(shop: Shop) -> int:
    """Backends that are at work for a load."""
    return shop.query(
        "select count(*) from pg_stat_activity where usename = 'c360_loader' "
        "and datname = current_database()"
    )[0][0]


def start_load(
    settings: Settings, stderr: int | IO[bytes] | None = None
) -> subprocess.Popen[bytes]:
    """`customer360 load`, in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "customer360.cli", "load"],
        env={
            **os.environ,
            "C360_HOME": str(settings.home),
            "C360_DATABASE_URL": settings.database_url,
            "C360_LANDING_DIR": str(settings.landing_dir),
        },
        stdout=subprocess.DEVNULL,
        stderr=stderr,
    )
