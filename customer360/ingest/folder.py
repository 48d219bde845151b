"""The whole landing folder, with a report for people."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Self

import psycopg
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

from customer360 import warehouse
from customer360.errors import UserError
from customer360.ingest.landing import (
    LandingFile,
    discover,
    left_alone,
    survey,
)
from customer360.ingest.load import (
    LoadResult,
    Watcher,
    check_mode,
    load_files,
    new_batch,
    units,
)
from customer360.ingest.names import shown
from customer360.ingest.tables import create_declared_tables
from customer360.settings import Settings
from customer360.warehouse.tuning import processors

_FEWEST_WORKERS, _MOST_WORKERS = 2, 8
_PATIENCE = 5.0  # seconds
_PAUSE_SECONDS = 0.1
_MANY = 3
"""From so many files on, what is said of all of them is said once."""

_STATES = {
    "loaded": Text("loaded", style="green"),
    "already_loaded": Text("already loaded", style="dim"),
    "failed": Text("failed", style="bold red"),
}


def is_untouched(settings: Settings) -> bool:
    """Whether there is neither a file in the landing folder nor a loaded row, nor a
    connection that either may come from.

    Example data belongs nowhere else: beside a company's own customers, or where
    loaded files were tidied away, it would be taken for real.
    """
    if settings.has_connections:
        return False
    landing = settings.landing_dir
    if landing.exists() and not (landing.is_dir() and not any(landing.iterdir())):
        return False
    warehouse.ensure_ready(settings)
    with warehouse.connect(settings, "loader") as connection:
        row = connection.execute("select from ops.load_manifest limit 1").fetchone()
    return row is None


def check_free(settings: Settings, replaced: Collection[str] = ()) -> None:
    """UserError unless example data may be written into the landing folder.

    Beside other files it would be loaded with them, and files of the same names are
    somebody's, unless they may be `replaced`.
    """
    landing = settings.landing_dir
    if not landing.is_dir():
        return
    found = [file.source_file for file in discover(settings)]
    others = [name for name in found if name not in replaced]
    if others and replaced:
        raise UserError(
            f"{landing} holds other files to load ({left_alone(others)}): example "
            "people and theirs would be one company's customers. Name another folder "
            "with --landing."
        )
    if others:
        raise UserError(
            f"{landing} holds files to load already ({left_alone(others)}): add "
            "--replace if that is example data, or name another folder with --landing."
        )


def load_landing(
    settings: Settings, mode: str = "append", console: Console | None = None
) -> list[LoadResult]:
    """Load every file of the landing folder that is recognised, in one batch, some
    of them at the same time.

    A file that fails does not keep the others from being loaded. UserError, when
    all are done, names those that failed and why; and at once when there is no
    such folder.
    """
    console = console or Console(quiet=True)
    check_mode(mode)
    files, others = survey(settings)
    warehouse.ensure_ready(settings, console)
    create_declared_tables(settings)

    results = []
    if files:
        results = _load(settings, units(files, mode), mode, console)
        console.print(_report(results))
        for line in _remarks(results):
            console.print(Text(line), soft_wrap=True)
    else:
        console.print(Text(f"No files to load in {settings.landing_dir}."))
    if others:
        console.print(
            Text(f"Not recognised, left alone: {left_alone(others)}"),
            soft_wrap=True,
        )

    failed = [result for result in results if result.state == "failed"]
    if failed:
        reasons = "; ".join(
            f"{shown(result.source_file)} {result.message.rstrip('.')}"
            for result in failed
        )
        raise UserError(
            f"{len(failed)} of {len(files)} files failed: {reasons}. Put that right "
            "and load again: what was loaded is not loaded twice."
        )
    return results


def _load(
    settings: Settings, work: list[list[LandingFile]], mode: str, console: Console
) -> list[LoadResult]:
    """The results in the order of the files, whoever was done first."""
    batch_id = new_batch(settings)
    workers = max(_FEWEST_WORKERS, min(_MOST_WORKERS, processors()))
    with _Bars(console, work) as bars, ThreadPoolExecutor(workers) as pool:
        loads = [
            pool.submit(
                load_files, settings, unit, batch_id=batch_id, mode=mode, watcher=bars
            )
            for unit in work
        ]
        try:
            return [result for load in loads for result in load.result()]
        except BaseException:
            # nobody waits for what is left, and what is begun leaves nothing behind
            pool.shutdown(wait=False, cancel_futures=True)
            # one that is between two statements does not notice: again, then
            while not all(load.done() for load in loads):
                bars.stop()
                time.sleep(_PAUSE_SECONDS)
            raise


class _Bars(Watcher):
    """A bar for each file that is being read, on a terminal."""

    def __init__(self, console: Console, work: list[list[LandingFile]]) -> None:
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._lock = threading.Lock()
        self._files = sum(map(len, work))
        self._tasks: dict[LandingFile, TaskID] = {}
        self._connections: list[psycopg.Connection] = []
        self._is_stopped = False

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def connected(self, connection: psycopg.Connection) -> None:
        """Remember the connection, to cancel what it does."""
        if self._is_stopped:
            raise KeyboardInterrupt
        with self._lock:
            self._connections = [c for c in self._connections if not c.closed]
            self._connections.append(connection)

    def read(self, file: LandingFile, share: float, size: int) -> None:
        """Move the file's bar."""
        if self._is_stopped:
            raise KeyboardInterrupt
        with self._lock:
            if file not in self._tasks:
                self._tasks[file] = self._progress.add_task(
                    f"{shown(file.source_file)} ({len(self._tasks) + 1}/{self._files})",
                    total=size,
                )
            task = self._tasks[file]
        self._progress.update(task, completed=share * size, visible=share < 1)

    def stop(self) -> None:
        """End all loads, those that wait for the database, too."""
        self._is_stopped = True
        for connection in self._connections:
            # it may end just now, by itself or with the server
            with suppress(psycopg.OperationalError):
                if not connection.closed:
                    connection.cancel_safe(timeout=_PATIENCE)


def _remarks(results: list[LoadResult]) -> list[str]:
    """What is to be said of files; of those that were loaded before, together."""
    before = [result for result in results if result.state == "already_loaded"]
    if len(before) < _MANY:
        before = []
    lines = [
        f"{shown(result.source_file)}: {result.message}"
        for result in results
        if result.message and result not in before
    ]
    if before:
        names = left_alone([result.source_file for result in before], most=_MANY)
        lines.append(f"{len(before):,} files were loaded before: {names}")
    return lines


def _report(results: list[LoadResult]) -> Table:
    table = Table()
    table.add_column("File", overflow="fold")
    table.add_column("Table", overflow="fold")
    for heading in ("Read", "Loaded", "Quarantined"):
        table.add_column(heading, justify="right")
    table.add_column("State")
    for result in results:
        table.add_row(
            Text(shown(result.source_file)),
            Text(result.table),
            f"{result.rows_read:,}",
            f"{result.rows_loaded:,}",
            f"{result.rows_quarantined:,}",
            _STATES[result.state],
        )
    return table
