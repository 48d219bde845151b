"""Where PostgreSQL is, and how to reach it.

`C360_DATABASE_URL` names any PostgreSQL 15 or newer; without it the product runs
a server of its own. Everything else asks this package for a connection.
"""

from __future__ import annotations

from rich.console import Console

from customer360.settings import Settings
from customer360.warehouse.connections import (
    Role,
    client_environment,
    connect,
)
from customer360.warehouse.location import Embedded, locate
from customer360.warehouse.lock import keep_runs_away, pipeline_lock
from customer360.warehouse.reports import psql, shell_exports, status
from customer360.warehouse.server import EmbeddedServer
from customer360.warehouse.setup import ensure_ready

__all__ = [
    "Role",
    "client_environment",
    "connect",
    "ensure_ready",
    "keep_runs_away",
    "pipeline_lock",
    "psql",
    "shell_exports",
    "status",
    "stop",
]


def stop(settings: Settings, console: Console | None = None) -> None:
    """Stop the embedded server; a server that was given is left alone."""
    where = locate(settings)
    if not isinstance(where, Embedded):
        if console:
            console.print("C360_DATABASE_URL names a server of yours: it stays up.")
        return
    stopped = EmbeddedServer(where.home).stop(console)
    if console:
        console.print("PostgreSQL stopped." if stopped else "PostgreSQL was not up.")
