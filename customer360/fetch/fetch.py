"""What is new in APIs and databases, brought into the landing folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from rich.console import Console
from rich.table import Table
from rich.text import Text

from customer360 import warehouse
from customer360.errors import UserError
from customer360.fetch.connections import (
    Connection,
    FetchedTable,
    declared_connections,
)
from customer360.fetch.history import FetchedFile, History
from customer360.fetch.spool import Spool, SpoolFile
from customer360.ingest.declarations import fetched_name
from customer360.settings import Settings

_TOLD_EVERY = 1000  # records


@dataclass(frozen=True)
class FetchResult:
    """What was fetched for one table."""

    connection: str
    table: str
    records: int
    files: tuple[str, ...]
    """Paths relative to the landing folder; none where nothing was new."""


Told = Callable[[str, int], None]
"""Hears of which table so many records have come."""


def fetch(
    settings: Settings,
    names: Iterable[str] = (),
    *,
    full: bool = False,
    console: Console | None = None,
) -> list[FetchResult]:
    """Fetch from the connections of these names; from all if there are none.

    One that fails does not keep the others from being fetched: UserError, when all
    are done, says which failed and why. With `full`, everything is fetched again.
    """
    console = console or Console(quiet=True)
    connections = _chosen(declared_connections(settings), list(names), settings)
    warehouse.ensure_ready(settings, console)
    results: list[FetchResult] = []
    failures: list[str] = []
    for connection in connections:
        with console.status(Text(f"Fetching from {connection.name}")) as status:

            def tell(table: str, records: int, name: str = connection.name) -> None:
                status.update(Text(f"Fetching from {name}: {table} {records:,}"))

            fetched, reasons = fetch_connection(
                settings, connection, full=full, told=tell
            )
        results += fetched
        failures += reasons
    if results:
        console.print(_report(results))
    if failures:
        raise UserError(
            f"{_joined(failures)}. What else there is was fetched; put that right and "
            "fetch again."
        )
    return results


def _chosen(
    connections: list[Connection], names: list[str], settings: Settings
) -> list[Connection]:
    file = settings.connections_file
    if not connections:
        raise UserError(
            f"No connection is declared: there is none in {file}."
            if file
            else "No connection is declared."
        )
    known = [connection.name for connection in connections]
    if unknown := [name for name in names if name not in known]:
        raise UserError(
            f"There is no connection {unknown[0]}; there are {', '.join(known)}."
        )
    return [c for c in connections if c.name in names or not names]


def fetch_connection(
    settings: Settings,
    connection: Connection,
    *,
    full: bool = False,
    told: Told = lambda table, records: None,
) -> tuple[list[FetchResult], list[str]]:
    """Fetch all tables of a connection; returns also why some could not be."""
    from customer360.fetch.faults import Unreachable
    from customer360.fetch.resources import keep_at_home

    keep_at_home(settings)
    results, failures = [], []
    try:
        with _alone(settings, connection) as database:
            for table in connection.tables:
                try:
                    results.append(
                        _fetch(settings, database, connection, table, full, told)
                    )
                except Unreachable:
                    raise
                except UserError as error:
                    failures.append(str(error))
    except UserError as error:
        failures.append(str(error))
    except psycopg.OperationalError:
        failures.append(
            f"{connection.name}: our own database went away; what is complete is not "
            "fetched twice"
        )
    return results, failures


@contextmanager
def _alone(settings: Settings, connection: Connection) -> Iterator[psycopg.Connection]:
    """Hold the connection for one fetch; the lock ends with this process."""
    with warehouse.connect(settings, "loader", autocommit=True) as database:
        # an API may take long for its pages
        database.execute("set idle_session_timeout = 0")
        row = database.execute(
            "select pg_try_advisory_lock(hashtextextended(%s, 0))",
            (f"customer360 fetch {connection.name}",),
        ).fetchone()
        if not (row and row[0]):
            raise UserError(f"{connection.name} is being fetched by another run.")
        yield database


def _fetch(
    settings: Settings,
    database: psycopg.Connection,
    connection: Connection,
    table: FetchedTable,
    full: bool,
    told: Told,
) -> FetchResult:
    from customer360.fetch.resources import Cursor, records

    history = History(database, connection.name, table.table.name)
    landing = settings.landing_dir
    before = history.resume(landing)
    if full:
        before = "{}"
    cursor = Cursor.loads(before)
    spool = Spool(
        landing / table.table.system,
        f"{connection.name}.{table.table.name}",
        table,
        may_repeat=connection.kind == "api",
    )
    with spool:
        for number, record in enumerate(records(connection, table, cursor), start=1):
            spool.write(record)
            if number % _TOLD_EVERY == 0:
                told(table.table.name, number)
        files: list[FetchedFile] = []
        if [file.sha256 for file in spool.files] != history.last_content():
            for file in spool.files:
                files.append(_prepare(landing, history, table, file, files))
            history.remember(files, before, cursor.dumps())
            spool.files.clear()
    for file in files:
        history.move(landing, file.source_file)
    if files and not table.incremental:
        # all there is stands in the newest files: the landing folder needs no others
        for name in history.forget_before(files[0]):
            with suppress(FileNotFoundError):
                (landing / name).unlink()
    return FetchResult(
        connection.name,
        table.table.name,
        sum(file.records for file in files),
        tuple(file.source_file for file in files),
    )


def _prepare(
    landing: Path,
    history: History,
    table: FetchedTable,
    file: SpoolFile,
    before: list[FetchedFile],
) -> FetchedFile:
    """Complete a file that is to be moved into the landing folder, after those
    before it."""
    content = file.sha256
    taken = {earlier.sha256 for earlier in before}
    previous = before[-1].sha256 if before else None
    # a table or record that is again as it once was: the same bytes are not loaded
    # twice
    while file.sha256 in taken or history.is_outdated(file.sha256, previous):
        file.write_empty_line()
    number = history.next_id()
    name = f"{table.table.system}/{fetched_name(table.table, number)}"
    file.complete(history.prepared(landing, name))
    return FetchedFile(number, name, content, file.sha256, file.records)


def _report(results: list[FetchResult]) -> Table:
    table = Table()
    for heading in ("Connection", "Table"):
        table.add_column(heading, overflow="fold")
    table.add_column("Records", justify="right")
    table.add_column("Files", overflow="fold")
    for result in results:
        table.add_row(
            result.connection,
            Text(result.table),
            f"{result.records:,}",
            Text("\n".join(result.files) or "nothing new"),
        )
    return table


def _joined(reasons: list[str]) -> str:
    # what all tables of a connection lack is said once
    return "; ".join(dict.fromkeys(reason.rstrip(".") for reason in reasons))
