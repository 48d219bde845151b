"""Time the pipeline by hand, as the customer360 DAG, and with Cosmos' own modes.

    python -m benchmarks.dag [--runs 3] [--records 5000] [--only WAY …]

Every run starts from an empty database and loads the same generated files. All share
one embedded PostgreSQL, which lives in a temporary folder and goes with it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import requests

from benchmarks.watch import Watch, machine, settings_in, table
from customer360 import warehouse
from customer360.ingest import create_declared_tables
from customer360.pipeline.airflow_home import DAGS
from customer360.settings import ROOT, Settings
from customer360.warehouse.connections import embedded_params
from customer360.warehouse.server import ADMIN, EmbeddedServer

BIN = Path(sys.executable).parent
C360 = BIN / "customer360"
DAG_FILE = "customer360_dag.py"
MODE = "C360_BENCHMARK_MODE"
"""Environment: in which of Cosmos' modes; empty for our own DAG."""
OURS, THEIRS = "customer360.pipeline.models", "benchmarks.cosmos_models"

# the command line, with the DAG's file from elsewhere
ELSEWHERE = """
import pathlib, sys
from customer360.pipeline import airflow_home
airflow_home.DAGS = pathlib.Path(sys.argv.pop(1))
from customer360.cli import main
main()
"""

LIMIT_SECONDS = 1800.0
HANG_SECONDS = 300.0


class Trouble(Exception):
    """A run that did not come to a good end, and why."""


class Bench:
    """A server, the files to load, and the commands that work on them."""

    def __init__(self, folder: Path, records: int) -> None:
        self.folder = folder
        self.settings = settings_in(folder)
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("C360_", "PG", "DBT_", "AIRFLOW"))
        }
        self.environment = kept | {
            "C360_HOME": str(self.settings.home),
            "C360_DATABASE_URL": self.settings.database_url,
            "C360_LANDING_DIR": str(self.settings.landing_dir),
            "C360_EXPORT_DIR": str(self.settings.export_dir),
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
            "PYTHONPATH": str(ROOT),
            "TMPDIR": str(folder / "tmp"),  # where Cosmos keeps its cache
        }
        (folder / "tmp").mkdir()
        self.dags = folder / "dags"
        self.dags.mkdir()
        text = (DAGS / DAG_FILE).read_text()
        assert OURS in text
        (self.dags / DAG_FILE).write_text(text.replace(OURS, THEIRS))
        # not by this process: the server would count among what it has started
        self.command(C360, "db", "start")
        # for a dbt that is not started by our command line
        self.environment |= warehouse.client_environment(self.settings, "transformer")
        self.command(C360, "generate", "--customers", str(records))
        self.command(C360, "run")  # nobody's time: dbt and Airflow prepare themselves

    def reset(self) -> None:
        """Empty the database, and Airflow's own."""
        server = EmbeddedServer(self.settings.home)
        params = embedded_params(server, ADMIN, "postgres")
        with psycopg.connect(**params, autocommit=True) as admin:
            admin.execute("drop database if exists customer360 with (force)")
            admin.execute("drop database if exists airflow with (force)")
        warehouse.ensure_ready(self.settings)
        create_declared_tables(self.settings)

    def command(
        self, *command: str | Path, mode: str = "", limit: float = LIMIT_SECONDS
    ) -> str:
        """Run a command to its end, or to the limit; returns what it printed."""
        output = self.folder / "output.log"
        with output.open("wb") as log:
            process = subprocess.Popen(
                command,
                cwd=self.settings.dbt_project_dir,
                env=self.environment | {MODE: mode},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            ended = f"no end within {limit:.0f} s"
            try:
                with suppress(subprocess.TimeoutExpired):
                    ended = f"exit code {process.wait(limit)}"
            finally:
                if process.returncode is None:
                    os.killpg(process.pid, signal.SIGKILL)
        said = output.read_text(errors="replace")
        if process.wait():
            last = said.strip().rpartition("\n")[2]
            raise Trouble(f"{ended}, after saying: {last}")
        return said

    def c360(self, mode: str) -> list[str | Path]:
        """The command line on our DAG, or on the one in one of Cosmos' modes."""
        elsewhere = [sys.executable, "-P", "-c", ELSEWHERE, self.dags]
        return elsewhere if mode else [C360]

    @contextmanager
    def airflow(self, mode: str) -> Iterator[Callable[..., Any]]:
        """`customer360 airflow`, running; yields a function that calls its API."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        process = subprocess.Popen(
            [*self.c360(mode), "airflow", "--port", str(port)],
            env=self.environment | {MODE: mode},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        session = requests.Session()
        session.trust_env = False  # no proxy on the way to this machine

        def call(path: str, body: Any = None) -> Any:
            answer = session.request(
                "POST" if body else "GET", f"http://127.0.0.1:{port}{path}", json=body
            )
            answer.raise_for_status()
            return answer.json()

        try:
            said = ""
            assert process.stdout
            while "Ctrl-C" not in said:
                if not (line := process.stdout.readline()):
                    raise Trouble(f"Airflow did not start: {said}")
                said += line
            passwords = self.settings.home / "airflow" / "password.json"
            [(user, password)] = json.loads(passwords.read_text()).items()
            found = call("/auth/token", {"username": user, "password": password})
            session.headers["Authorization"] = f"Bearer {found['access_token']}"
            yield call
        finally:
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(60)
            process.kill()
            process.stdout.close()


# ---- the ways to run it --------------------------------------------------

Way = Callable[[Bench, Watch], None]


def by_hand(bench: Bench, watch: Watch) -> None:
    """One command after the other."""
    build = (BIN / "dbt", "build", "--exclude-resource-type", "unit_test")
    commands = [(C360, "load"), build, (C360, "publish"), (C360, "export")]
    with watch:
        for command in commands:
            bench.command(*command)
    watch.steps = len(commands)


def in_process(mode: str = "", limit: float = LIMIT_SECONDS) -> Way:
    """`customer360 run`."""

    def way(bench: Bench, watch: Watch) -> None:
        with watch:
            said = bench.command(*bench.c360(mode), "run", mode=mode, limit=limit)
        watch.steps = said.count("✓") - 1  # the first is Airflow's start

    return way


def scheduled(mode: str = "") -> Way:
    """Triggered by the API of a running `customer360 airflow`."""

    def way(bench: Bench, watch: Watch) -> None:
        runs = "/api/v2/dags/customer360/dagRuns"
        with bench.airflow(mode) as call:
            deadline = time.monotonic() + LIMIT_SECONDS
            with watch:
                path = f"{runs}/{call(runs, {'logical_date': None})['dag_run_id']}"
                while (run := call(path))["state"] not in ("success", "failed"):
                    if time.monotonic() > deadline:
                        break
                    time.sleep(0.5)
            # a page of them; how many there are in all stands beside it
            page = call(f"{path}/taskInstances?limit=100")
        if run["state"] != "success":
            tasks = page["task_instances"]
            bad = [t["task_id"] for t in tasks if t["state"] != "success"]
            raise Trouble(f"{run['state']}: {', '.join(bad)}")
        watch.steps = page["total_entries"]
        began, ended = (
            datetime.fromisoformat(run[f"{x}_date"]) for x in ("start", "end")
        )
        watch.dag_run = (ended - began).total_seconds()

    return way


WAYS: dict[str, Way] = {
    "by hand": by_hand,
    "ours, in process": in_process(),
    "ours, scheduler": scheduled(),
    "LOCAL, in process": in_process("local"),
    "LOCAL, scheduler": scheduled("local"),
    "WATCHER, in process": in_process("watcher", limit=HANG_SECONDS),
    "WATCHER, scheduler": scheduled("watcher"),
}


def measure(bench: Bench, name: str) -> Watch:
    """Run in one of the ways on an empty database."""
    bench.reset()
    watch = Watch()
    try:
        WAYS[name](bench, watch)
    except Trouble as trouble:
        watch.trouble = str(trouble)
    print(f"{name}: {watch.seconds:.1f} s {watch.trouble}".rstrip(), flush=True)
    return watch


def main() -> None:
    """Run in every way once a round, so that all meet the same machine."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dag")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--records", type=int, default=5000)
    parser.add_argument("--only", nargs="+", choices=WAYS, default=list(WAYS))
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    print(machine(), flush=True)
    measured: dict[str, list[Watch]] = {name: [] for name in chosen.only}
    folder = Path(tempfile.mkdtemp(prefix="c360-benchmark-"))
    try:
        bench = Bench(folder, chosen.records)
        for _ in range(chosen.runs):
            for name in chosen.only:
                measured[name].append(measure(bench, name))
    finally:
        warehouse.stop(Settings.from_env({"C360_HOME": str(folder / "home")}))
        shutil.rmtree(folder, ignore_errors=True)
    print(*table(measured, "by hand"), sep="\n")


if __name__ == "__main__":
    main()
