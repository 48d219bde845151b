"""`customer360 airflow`, as an engineer uses it: by its interface, to its end."""

from __future__ import annotations

import hashlib
import json
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
import pytest
from pipeline.shop import Shop

from customer360 import warehouse
from customer360.pipeline import manifest

CUSTOMER360 = Path(sys.executable).with_name("customer360")
RUN_SECONDS = 400
LOG_SECONDS = 30
RUNS = "/api/v2/dags/customer360/dagRuns"
WIRED = {"discover", "load", "publish", "export", "summary"}
WIRED |= {"dbt.begin", "dbt.build", "dbt.end"}
MODELS = ("model", "seed", "snapshot")
TESTS = ("test",)
RUN_ID = "select run_id from published.publication"
PUBLISHED = "select to_regclass('published.publication') is not null"
BROKEN = "rfm_segment_summary"


@dataclass
class Airflow:
    """A running server, and the REST API of its DAG."""

    process: subprocess.Popen[str]
    port: int
    token: str = ""

    def call(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Content-Type": "application/json",
                "Authorization": f"Bearer {self.token}",
            },
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def trigger(self, **conf: Any) -> str:
        run = self.call("POST", RUNS, {"logical_date": None, "conf": conf})
        return run["dag_run_id"]

    def refuses(self, **conf: Any) -> int:
        """The status that a run with this form is refused with."""
        with pytest.raises(urllib.error.HTTPError) as refused:
            self.trigger(**conf)
        return refused.value.code

    def run(self, run: str) -> dict[str, Any]:
        return self.call("GET", f"{RUNS}/{run}")

    def finish(self, run: str) -> str:
        """Wait for the end of a run; returns its state."""
        eventually(lambda: self.run(run)["state"] in ("success", "failed"), RUN_SECONDS)
        return self.run(run)["state"]

    def tasks(self, run: str) -> dict[str, str]:
        """State of each task; a mapped one's are joined."""
        states: dict[str, set[str]] = {}
        total, seen = 1, 0
        while seen < total:
            path = f"{RUNS}/{run}/taskInstances?order_by=id&offset={seen}"
            page = self.call("GET", path)
            total, seen = page["total_entries"], seen + len(page["task_instances"])
            for task in page["task_instances"]:
                states.setdefault(task["task_id"], set()).add(str(task["state"]))
        return {task: " ".join(sorted(found)) for task, found in states.items()}

    def trouble(self, run: str) -> str:
        """What did not succeed, and why."""
        bad = {t: s for t, s in self.tasks(run).items() if s != "success"}
        logs = [self.log(run, t, "")[-2000:] for t, s in bad.items() if s == "failed"]
        return f"{bad}\n" + "\n".join(logs)

    def log(self, run: str, task: str, said: str, *, attempt: int = 1) -> str:
        """What the interface shows as the log of a task, once `said` is in it.

        The log is complete a moment after the task has ended. `said` is a regular
        expression.
        """
        path = f"{RUNS}/{run}/taskInstances/{task}/logs/{attempt}?full_content=true"
        deadline = time.monotonic() + LOG_SECONDS
        while not re.search(said, log := json.dumps(self.call("GET", path)["content"])):
            assert time.monotonic() < deadline, log
            time.sleep(0.2)
        return log


def eventually(condition: Callable[[], object], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def family(process: subprocess.Popen[str], shop: Shop) -> set[psutil.Process]:
    """All that the server started, and what of it is nobody's child any more."""
    found = set()
    for member in psutil.process_iter():
        try:
            if (
                member.pid == process.pid
                or member.environ().get("C360_DATABASE_URL")
                == shop.settings.database_url
            ):
                found |= {member, *member.children(recursive=True)}
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def alive(processes: set[psutil.Process]) -> list[str]:
    """Which of these processes still do something."""
    found = []
    for process in processes:
        try:
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(" ".join(process.cmdline()))
        except psutil.NoSuchProcess:
            continue
    return found


@pytest.fixture(scope="module")
def airflow(shop: Shop) -> Iterator[Airflow]:
    port = free_port()
    process = subprocess.Popen(
        [CUSTOMER360, "airflow", "--port", str(port)],
        env=shop.environment(),
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout
    try:
        said = ""
        while "Ctrl-C" not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        started = Airflow(process, port)
        user, password = re.search(r"user (\w+), password (\S+)", said).groups()
        started.token = started.call(
            "POST", "/auth/token", {"username": user, "password": password}
        )["access_token"]
        yield started
    finally:
        # whatever went wrong: nothing of it outlives the tests
        left = family(process, shop) if process.poll() is None else set()
        process.kill()
        for member in left | family(process, shop):
            if member.is_running():
                member.kill()
        process.wait()
        process.stdout.close()


@dataclass(frozen=True)
class Failed:
    """A run in which one model failed, as it was then."""

    run: str
    tasks: dict[str, str]
    broken: str
    """The model's task."""
    published: object


@pytest.fixture(scope="module")
def failed(airflow: Airflow, shop: Shop) -> Failed:
    # to replace a table that is not its own is beyond dbt's role
    shop.execute(f"create table marts.{BROKEN} ()")
    try:
        run = airflow.trigger()
        assert airflow.finish(run) == "failed"
    finally:
        shop.execute(f"alter table marts.{BROKEN} owner to c360_transformer")
    tasks = airflow.tasks(run)
    (broken,) = [task for task in tasks if task.endswith(f".{BROKEN}")]
    return Failed(run, tasks, broken, shop.value(PUBLISHED))


@pytest.fixture(scope="module")
def first_run(airflow: Airflow, failed: Failed) -> str:
    """The same run, after what failed was put right and cleared."""
    airflow.call(
        "POST",
        "/api/v2/dags/customer360/clearTaskInstances",
        {
            "dry_run": False,
            "dag_run_id": failed.run,
            "task_ids": [failed.broken],
            "only_failed": False,
            "include_downstream": True,
            "reset_dag_runs": True,
        },
    )
    assert airflow.finish(failed.run) == "success", airflow.trouble(failed.run)
    return failed.run


def nodes(shop: Shop, kinds: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    project = manifest.read(manifest.path(shop.settings))
    return {
        node: entry
        for node, entry in (project["nodes"] | project["unit_tests"]).items()
        if entry["resource_type"] in kinds and entry["config"]["enabled"]
    }


def exports(shop: Shop) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in shop.settings.export_dir.iterdir()
    }


def test_a_model_that_fails_is_red_and_nothing_else_is_to_blame(
    airflow: Airflow, failed: Failed
) -> None:
    tasks = dict(failed.tasks)
    assert tasks.pop(failed.broken) == "failed"
    airflow.log(failed.run, failed.broken, "must be owner of table")
    for task in ("dbt.end", "publish", "export", "summary"):
        assert tasks.pop(task) == "upstream_failed"
    assert set(tasks.values()) == {"success"}
    assert failed.published is False


def test_repaired_alone_every_model_has_succeeded_and_shows_its_tests(
    airflow: Airflow, failed: Failed, first_run: str, shop: Shop
) -> None:
    tasks = airflow.tasks(first_run)
    assert set(tasks.values()) == {"success"}
    assert set(tasks) >= WIRED
    models = {task.rpartition(".")[2]: task for task in set(tasks) - WIRED}
    assert set(models) == {m["name"] for m in nodes(shop, MODELS).values()}
    for name, task in models.items():
        if task != failed.broken:
            done = rf"(model|seed|snapshot) {name}: success in \d"
            airflow.log(first_run, task, done)
    airflow.log(first_run, models["int_identity__newest_fit"], "fitted|stand in")
    logs = [
        airflow.log(first_run, "dbt.build", ""),
        airflow.log(first_run, failed.broken, "1 model built", attempt=2),
    ]
    passed = {test for log in logs for test in re.findall(r" PASS (\S+) ", log)}
    for test in nodes(shop, TESTS).values():
        assert test["name"] in {name.rpartition("::")[2] for name in passed}

    customers = shop.value("select count(*) from published.customer_360")
    airflow.log(first_run, "summary", f"{customers:,} customers")
    assert (shop.settings.export_dir / "manifest.json").exists()


def test_a_second_run_gives_the_same_and_a_third_waits_for_it(
    airflow: Airflow, first_run: str, shop: Shop
) -> None:
    before = exports(shop), shop.value(RUN_ID)
    second, third = airflow.trigger(), airflow.trigger(landing="july")
    assert airflow.finish(second) == "success", airflow.trouble(second)
    assert set(airflow.tasks(second).values()) == {"success"}
    assert airflow.tasks(second).keys() == airflow.tasks(first_run).keys()
    assert (exports(shop), shop.value(RUN_ID)) == before

    # it has a mistake in the form, which is said at once
    assert airflow.finish(third) == "failed"
    ended, began = airflow.run(second)["end_date"], airflow.run(third)["start_date"]
    assert datetime.fromisoformat(began) >= datetime.fromisoformat(ended)
    assert airflow.tasks(third)["discover"] == "failed"
    airflow.log(third, "discover", f"{shop.settings.landing_dir}/july does not exist")


def test_airflow_reads_the_dag_for_no_model(first_run: str, shop: Shop) -> None:
    logs = shop.settings.home / "airflow" / "logs"
    triggerer = (logs / "triggerer.log").read_text()
    # it is Airflow that says so, of each trigger that it reads the DAG for
    assert "Start from trigger enabled" not in triggerer
    # and of each callback for a task that succeeded
    read = [log.read_text() for log in (logs / "dag_processor").rglob("*_dag.py.log")]
    assert read and not any("is not a failure callback" in log for log in read)
    assert "more than it need" not in triggerer


def test_a_form_that_means_nothing_is_refused(airflow: Airflow) -> None:
    before = airflow.call("GET", RUNS)["total_entries"]
    for form in (
        {"mode": "replace"},
        {"full_refresh": "perhaps"},
        {"as_of_date": "yesterday"},
        {"as_of_date": "2026-02-30"},
        {"landing": ""},
        {"landing": 7},
    ):
        assert airflow.refuses(**form) in (400, 422), form
    assert airflow.call("GET", RUNS)["total_entries"] == before


def test_only_this_machine_and_only_its_owner_get_in(
    airflow: Airflow, shop: Shop
) -> None:
    listening = [
        connection.laddr
        for process in family(airflow.process, shop)
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert {(address.ip, address.port) for address in listening} == {
        ("127.0.0.1", airflow.port)
    }
    home = shop.settings.home / "airflow"
    for name in ("airflow.cfg", "keys.json", "password.json"):
        assert (home / name).stat().st_mode & 0o077 == 0, name
    assert home.stat().st_mode & 0o077 == 0
    password = json.loads((home / "password.json").read_text())["admin"]
    for log in (home / "logs").glob("*.log"):
        assert password not in log.read_text(), log.name
    assert Airflow(airflow.process, airflow.port).refuses() == 401


def test_a_second_server_is_refused(airflow: Airflow, shop: Shop) -> None:
    done = subprocess.run(
        [CUSTOMER360, "airflow", "--port", str(free_port())],
        env=shop.environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    (error,) = done.stderr.splitlines()
    assert "Airflow is running already" in error


def test_ctrl_c_in_the_middle_of_a_run_leaves_nothing_behind(
    airflow: Airflow, first_run: str, shop: Shop
) -> None:
    def builds() -> bool:
        return any(
            "dbt_process build" in work and '"as_of_date": "2026-06-01"' in work
            for work in alive(members())
        )

    def members() -> set[psutil.Process]:
        return family(airflow.process, shop)

    before = exports(shop), shop.value(RUN_ID)
    airflow.trigger(as_of_date="2026-06-01")
    eventually(builds, 60)
    at_work = members()
    assert len(alive(at_work)) > 6
    airflow.process.send_signal(signal.SIGINT)
    said, _ = airflow.process.communicate(timeout=60)
    assert airflow.process.returncode == 130
    assert said.splitlines()[-1] == "interrupted"
    assert alive(at_work | members()) == []
    with socket.socket() as probe, pytest.raises(ConnectionRefusedError):
        probe.connect(("127.0.0.1", airflow.port))
    with warehouse.pipeline_lock(shop.settings, wait=30):
        pass  # the next run can begin
    assert (exports(shop), shop.value(RUN_ID)) == before
