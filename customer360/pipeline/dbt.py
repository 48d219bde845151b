"""Run dbt, with the database up, the environment set, and never as an orphan."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from customer360 import warehouse
from customer360.errors import UserError
from customer360.identity.truth import load_truth
from customer360.ingest import create_declared_tables
from customer360.pipeline.board import NodeEvent
from customer360.pipeline.packages import ensure_packages
from customer360.settings import Settings

# names of dbt_process, which imports dbt: too heavy for here
_PROCESS = "customer360.pipeline.dbt_process"
_PARENT, _EVENTS, _WAIT = "C360_DBT_PARENT", "C360_DBT_EVENTS", "C360_DBT_WAIT"
_BESIDE, _FROM_PUBLISHED = "C360_DBT_BESIDE", "C360_DBT_FROM_PUBLISHED"

_WITHOUT_DATABASE = frozenset({"--help", "-h", "--version", "-v", "clean", "deps"})
_GRACE_SECONDS = 15.0
_PAUSE_SECONDS = 0.5


def run_dbt(
    settings: Settings,
    args: list[str],
    *,
    on_node: Callable[[NodeEvent | None], None] | None = None,
    output: Callable[[str], None] | None = None,
    wait: float = 0,
    beside_others: bool = False,
    from_published: bool = False,
) -> int:
    """Run dbt with these arguments in a process of its own; returns its exit code.

    That process dies with this one, and holds the pipeline's lock while it changes
    the database: it waits up to `wait` seconds for a run that has it, then raises
    `UserError`. `on_node` hears of each node as it happens, and None from time to
    time when nothing does; `output` gets dbt's lines, which otherwise go to this
    process's stdout. `beside_others` is for a dbt that changes nothing of what the
    pipeline makes: it takes no lock. `from_published` first takes back what dbt has
    remembered since the last publication: customer keys and match weights.
    """
    prepare(settings, needs_database=_needs_database(args))
    events_read, events_write = os.pipe() if on_node else (-1, -1)
    environment = dbt_environment(settings)
    environment |= {_PARENT: str(os.getpid()), _WAIT: str(wait)}
    if beside_others:
        environment[_BESIDE] = "1"
    if from_published:
        environment[_FROM_PUBLISHED] = "1"
    if on_node:
        environment[_EVENTS] = str(events_write)
    with _interrupts_held_back():
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", _PROCESS, *args],
            env=environment,
            pass_fds=(events_write,) if on_node else (),
            stdin=subprocess.DEVNULL if output else None,
            stdout=subprocess.PIPE if output else None,
            stderr=subprocess.STDOUT if output else None,
            text=True,
            errors="replace",
        )
    with _ended_with_us(process):
        reader = _pass_on(process.stdout, output) if output else None
        mistake = None
        if on_node:
            os.close(events_write)
            mistake = _follow(events_read, on_node)
        code = process.wait()
        if reader:
            reader.join()
    if mistake:
        raise UserError(mistake)
    return code


def prepare(settings: Settings, *, needs_database: bool = True) -> None:
    """Have packages, database, declared tables and the truth about generated records
    ready for dbt; cheap when done."""
    ensure_packages(settings)
    if needs_database:
        warehouse.ensure_ready(settings)
        create_declared_tables(settings)
        load_truth(settings)


def dbt_environment(settings: Settings) -> dict[str, str]:
    """The environment that dbt needs: this process's, the connection, the folders."""
    environment = dict(os.environ)
    with suppress(UserError):  # dbt's own help works without a database
        environment |= warehouse.client_environment(settings, "transformer")
    environment |= {
        "C360_HOME": str(settings.home),
        "C360_DATABASE_URL": settings.database_url,
        "DBT_PROJECT_DIR": str(settings.dbt_project_dir),
        "DBT_PROFILES_DIR": str(settings.dbt_project_dir),
        "DBT_TARGET_PATH": str(target_dir(settings)),
        "DBT_STORE_FAILURES": "false",  # failing rows would be copied into tables
    }
    environment.setdefault("DBT_LOG_PATH", str(settings.home / "logs" / "dbt"))
    return environment


def target_dir(settings: Settings) -> Path:
    """Where dbt writes its artifacts (`DBT_TARGET_PATH`)."""
    given = os.environ.get("DBT_TARGET_PATH")
    # as dbt does, a relative path is one inside the project
    return settings.dbt_project_dir / (given or "target")


def _needs_database(args: list[str]) -> bool:
    return bool(args) and not _WITHOUT_DATABASE.intersection(args)


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Let a process that is started here have Ctrl-C wait until it is ready for it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _ended_with_us(process: subprocess.Popen[str]) -> Iterator[None]:
    """Stop dbt when something interrupts us: it cancels its queries on SIGINT."""
    try:
        yield
    except BaseException as error:
        # Ctrl-C at a terminal has reached dbt already
        patience = 2.0 if isinstance(error, KeyboardInterrupt) else 0.0
        for seconds, stop in (
            (patience, signal.SIGINT),
            (_GRACE_SECONDS, signal.SIGKILL),
            (None, None),
        ):
            try:
                process.wait(seconds)
                break
            except subprocess.TimeoutExpired:
                process.send_signal(stop)
        raise


def _pass_on(stream: IO[str] | None, output: Callable[[str], None]) -> threading.Thread:
    def read() -> None:
        for line in stream or ():
            output(line.rstrip("\n"))

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    return thread


def _follow(descriptor: int, on_node: Callable[[NodeEvent | None], None]) -> str | None:
    """Report each node until dbt closes the pipe; returns the mistake it reported."""
    mistake = None
    with os.fdopen(descriptor, "rb", buffering=0) as events:
        rest = b""
        while True:
            if not select.select([events], [], [], _PAUSE_SECONDS)[0]:
                on_node(None)
                continue
            block = events.read(65536)
            if not block:
                return mistake
            *lines, rest = (rest + block).split(b"\n")
            for line in lines:
                event: dict[str, Any] = json.loads(line)
                if event.pop("event") == "user_error":
                    mistake = event["message"]
                else:
                    on_node(NodeEvent(**event))
