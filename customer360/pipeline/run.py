"""The customer360 DAG in this process, for a person at a terminal."""

from __future__ import annotations

import fcntl
import gc
import importlib.metadata
import importlib.util
import os
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from customer360 import ingest, warehouse
from customer360.errors import UserError
from customer360.export.folder import open_folder
from customer360.fetch import declared_connections
from customer360.pipeline import IN_PROCESS, progress, steps
from customer360.pipeline.airflow_home import (
    DAGS,
    environment,
    private_folder,
    write_configuration,
)
from customer360.pipeline.display import Display
from customer360.pipeline.processes import keep_garbage
from customer360.settings import Settings

_DAG = DAGS / "customer360_dag.py"
_LOGS_KEPT = 20


def run(
    settings: Settings,
    *,
    as_of: date | None = None,
    mode: str = "append",
    full_refresh: bool = False,
) -> None:
    """Run the DAG with these parameters, with its progress and a summary on stdout.

    Airflow's own talk, dbt's and each step's go to a log under `settings.home`.
    Raises `UserError` for what a person has to put right; when anything else fails,
    says what and where the log is, and exits with 1.
    """
    params = {
        "landing": str(settings.landing_dir),
        "mode": mode,
        "full_refresh": full_refresh,
        "as_of_date": as_of.isoformat() if as_of else None,
    }
    _check(settings, params)
    keep_garbage()
    with ExitStack() as stack:
        log = _log_file(settings)
        console = stack.enter_context(_console_beside(log))
        home = stack.enter_context(_airflow_home(settings))
        display = Display(console)
        with display, _interruptible(display):
            progress.listener, progress.console = display, console
            display.began("start", "Airflow")
            try:
                succeeded = _run_dag(settings, home, params)
            except Exception as error:  # a fault of ours, or Airflow's
                traceback.print_exc()
                reason = f"{type(error).__name__}: {error}"
                display.failed("Airflow", reason, for_good=True, mistake=False)
                succeeded = False
    if succeeded:
        return
    if display.is_interrupted:
        raise KeyboardInterrupt
    steps_failed = ", ".join(dict.fromkeys(f.step for f in display.failures))
    reasons = "; ".join(dict.fromkeys(f.reason.rstrip(".") for f in display.failures))
    if display.failures and all(failure.mistake for failure in display.failures):
        raise UserError(f"{reasons}. (Task {steps_failed}; log: {log})")
    failure = f"{steps_failed or 'Airflow'} failed: {reasons or 'it did not say why'}"
    Console(stderr=True, highlight=False, soft_wrap=True).print(
        "[bold red]error:[/]", escape(f"{failure} (log: {log})")
    )
    sys.exit(1)


def _check(settings: Settings, params: dict[str, Any]) -> None:
    """Find a person's mistakes before Airflow starts, which takes seconds."""
    steps.check(params)
    if declared_connections(settings):
        # it is fetched into
        settings.landing_dir.mkdir(parents=True, exist_ok=True)
    ingest.discover(settings)
    with open_folder(settings.export_dir):
        pass
    private_folder(_logs(settings))
    warehouse.ensure_ready(settings, Console())
    with warehouse.pipeline_lock(settings):
        pass  # the steps take it when they need it


def _run_dag(settings: Settings, home: Path, params: dict[str, Any]) -> bool:
    os.environ |= environment(settings, home) | {IN_PROCESS: "1"}
    for name in [n for n in os.environ if n.startswith("AIRFLOW__")]:
        del os.environ[name]

    # Airflow makes a million objects that stay: to look through them for garbage
    # after every 700 new ones takes a third of the time that it needs to start
    gc.set_threshold(100_000, 20, 100)
    _prepare_database(settings, home)
    _keep_to_one_version()

    from airflow.sdk import DagRunState

    return _load_dag().test(run_conf=params).state == DagRunState.SUCCESS


def _keep_to_one_version() -> None:
    """Spare Airflow the older versions of the API by which a run talks to itself.

    It would make all nine when the first task starts, a quarter of its time.
    """
    from airflow.api_fastapi.execution_api import versions
    from airflow.api_fastapi.execution_api.routes import execution_api_router
    from cadwyn import HeadVersion, Version, VersionBundle
    from cadwyn.route_generation import _DELETED_ROUTE_TAG

    newest = versions.bundle.versions[0].value
    versions.bundle = VersionBundle(HeadVersion(), Version(newest))
    execution_api_router.routes[:] = [
        route
        for route in execution_api_router.routes
        if _DELETED_ROUTE_TAG not in getattr(route, "tags", ())
    ]


def _load_dag() -> Any:
    spec = importlib.util.spec_from_file_location(_DAG.stem, _DAG)
    assert spec and spec.loader  # noqa: S101
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.dag


# ---- Airflow's home ------------------------------------------------------


@contextmanager
def _airflow_home(settings: Settings) -> Iterator[Path]:
    """A home with a metadata database of its own, for this run alone.

    So runs do not meet, and one that was killed leaves nothing to trip over.
    """
    runs = settings.home / "airflow" / "runs"
    for folder in (runs.parent, runs):
        private_folder(folder)
    for old in runs.iterdir():
        if old.is_dir():
            with _hold(old) as free:
                if free:
                    shutil.rmtree(old, ignore_errors=True)
    home = Path(tempfile.mkdtemp(dir=runs))
    with _hold(home):
        try:
            write_configuration(
                home, metadata_url=f"sqlite:///{home}/airflow.db", more={}
            )
            yield home
        finally:
            shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _hold(folder: Path) -> Iterator[bool]:
    """Mark a folder as in use, unless it is."""
    with (folder / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _prepare_database(settings: Settings, home: Path) -> None:
    """Put the metadata tables in place: a copy of those made once for this Airflow."""
    version = importlib.metadata.version("apache-airflow-core")
    template = settings.home / "airflow" / f"metadata-{version}.db"
    if not template.exists():
        from airflow.utils.db import initdb

        initdb()
        new = home / "template.db"
        with (
            sqlite3.connect(home / "airflow.db") as made,
            sqlite3.connect(new) as copy,
        ):
            made.backup(copy)
        copy.close()
        new.replace(template)
    else:
        shutil.copyfile(template, home / "airflow.db")


# ---- terminal and log ----------------------------------------------------


def _logs(settings: Settings) -> Path:
    return settings.home / "logs"


def _log_file(settings: Settings) -> Path:
    logs = _logs(settings)
    for old in sorted(logs.glob("run-*.log"))[: -(_LOGS_KEPT - 1)]:
        old.unlink(missing_ok=True)
    return logs / f"run-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"


@contextmanager
def _console_beside(log: Path) -> Iterator[Console]:
    """Send all that this process prints to the log; the console stays for us."""
    sys.stdout.flush()
    sys.stderr.flush()
    terminal = os.fdopen(os.dup(1), "w", encoding="utf-8")
    saved = os.dup(1), os.dup(2)
    target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(target, 1)
    os.dup2(target, 2)
    os.close(target)
    try:
        yield Console(file=terminal)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        with suppress(BrokenPipeError):
            terminal.close()
        for copy, original in zip(saved, (1, 2), strict=True):
            os.dup2(copy, original)
            os.close(copy)


@contextmanager
def _interruptible(display: Display) -> Iterator[None]:
    """Have Ctrl-C end the run in good order, and a second one at once."""

    def interrupt(*_: object) -> None:
        display.is_interrupted = True
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
