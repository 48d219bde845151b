"""`customer360 airflow`, as an engineer uses it: by its interface, to its end."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from pipeline.shop import Shop

from customer360.pipeline import manifest

CUSTOMER360 = Path(sys.executable).with_name("customer360")
RUN_SECONDS = 400
WIRED = {"discover", "load", "dbt.begin", "dbt.build", "dbt.end"}
WIRED |= {"publish", "export", "summary"}
AS_OF = "select as_of_date from published.publication"
BROKEN = "rfm_segment_summary"


@dataclass
class Airflow:
    """A running server, and the REST API of its DAG."""

    process: subprocess.Popen[str]
    port: int
    said: str
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
        path = "/api/v2/dags/customer360/dagRuns"
        run = self.call("POST", path, {"logical_date": None, "conf": conf})
        return run["dag_run_id"]

    def finish(self, run: str) -> str:
        """Wait for the end of a run; returns its state."""
        path = f"/api/v2/dags/customer360/dagRuns/{run}"
        deadline = time.monotonic() + RUN_SECONDS
        while (state := self.call("GET", path)["state"]) not in ("success", "failed"):
            assert time.monotonic() < deadline, self.tasks(run)
            time.sleep(0.5)
        return state

    def tasks(self, run: str) -> dict[str, str]:
        """State of each task; a mapped one's are joined."""
        path = f"/api/v2/dags/customer360/dagRuns/{run}/taskInstances?limit=1000"
        states: dict[str, set[str]] = {}
        for task in self.call("GET", path)["task_instances"]:
            states.setdefault(task["task_id"], set()).add(str(task["state"]))
        return {task: " ".join(sorted(found)) for task, found in states.items()}

    def trouble(self, run: str) -> str:
        """What did not succeed, and why."""
        bad = {t: s for t, s in self.tasks(run).items() if s != "success"}
        logs = [self.log(run, t)[-2000:] for t, s in bad.items() if s == "failed"]
        return f"{bad}\n" + "\n".join(logs)

    def log(self, run: str, task: str, attempt: int = 1) -> str:
        """What the interface shows as the log of a task."""
        path = f"/api/v2/dags/customer360/dagRuns/{run}/taskInstances/{task}/logs/"
        found = self.call("GET", f"{path}{attempt}?full_content=true")
        return json.dumps(found["content"])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def family(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


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
    try:
        said = ""
        assert process.stdout
        while "Ctrl-C" not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        started = Airflow(process, port, said)
        user, password = re.search(r"user (\w+), password (\S+)", said).groups()
        started.token = started.call(
            "POST", "/auth/token", {"username": user, "password": password}
        )["access_token"]
        yield started
    finally:
        left = family(process.pid) if process.poll() is None else []
        process.send_signal(signal.SIGINT)
        process.wait(60)
        process.stdout.close()
        assert not [p for p in left if p.is_running()], "something lives on"


@pytest.fixture(scope="module")
def first_run(airflow: Airflow) -> str:
    run = airflow.trigger()
    assert airflow.finish(run) == "success", airflow.trouble(run)
    return run


def models(shop: Shop) -> set[str]:
    found = manifest.read(manifest.path(shop.settings))["nodes"].values()
    shown = ("model", "seed", "snapshot")
    return {n["name"] for n in found if n["resource_type"] in shown}


def test_every_model_is_a_task_and_every_task_succeeds(
    airflow: Airflow, first_run: str, shop: Shop
) -> None:
    tasks = airflow.tasks(first_run)
    assert set(tasks.values()) == {"success"}
    assert {t.rpartition(".")[2] for t in tasks if t not in WIRED} == models(shop)
    assert set(tasks) >= WIRED
    assert shop.value("select count(*) from published.customer_360")
    assert (shop.settings.export_dir / "manifest.json").exists()
    summary = airflow.log(first_run, "summary")
    customers = shop.value("select count(*) from published.customer_360")
    assert f"{customers:,} customers" in summary
    model = next(task for task in tasks if task.endswith(".customer_rfm"))
    assert re.search(
        r"model customer_rfm: success in \d", airflow.log(first_run, model)
    )


def test_a_model_that_fails_is_red_and_can_be_repaired_alone(
    airflow: Airflow, first_run: str, shop: Shop
) -> None:
    published = "select published_at from published.publication"
    before = shop.value(published)
    # the rebuild of a table that is not its own is beyond dbt's role
    shop.execute(f"alter table marts.{BROKEN} owner to current_user")
    try:
        run = airflow.trigger(as_of_date="2026-06-01")
        assert airflow.finish(run) == "failed"
    finally:
        shop.execute(f"alter table marts.{BROKEN} owner to c360_transformer")
    tasks = airflow.tasks(run)
    (broken,) = [task for task in tasks if task.endswith(f".{BROKEN}")]
    assert tasks.pop(broken) == "failed", airflow.trouble(run)
    assert "must be owner of table" in airflow.log(run, broken)
    for task in ("dbt.end", "publish", "export", "summary"):
        assert tasks.pop(task) == "upstream_failed"
    assert set(tasks.values()) == {"success"}, "nothing else is to blame"
    assert shop.value(published) == before

    airflow.call(
        "POST",
        "/api/v2/dags/customer360/clearTaskInstances",
        {
            "dry_run": False,
            "dag_run_id": run,
            "task_ids": [broken],
            "only_failed": False,
            "include_downstream": True,
            "reset_dag_runs": True,
        },
    )
    assert airflow.finish(run) == "success", airflow.trouble(run)
    assert "model built" in airflow.log(run, broken, attempt=2)
    assert (
        str(shop.value("select as_of_date from published.publication")) == "2026-06-01"
    )


def test_a_second_run_succeeds_as_the_first_did(
    airflow: Airflow, first_run: str, shop: Shop
) -> None:
    run = airflow.trigger()
    assert airflow.finish(run) == "success", airflow.trouble(run)
    assert set(airflow.tasks(run).values()) == {"success"}
    assert airflow.tasks(run).keys() == airflow.tasks(first_run).keys()
    assert (
        str(shop.value("select as_of_date from published.publication")) != "2026-06-01"
    )


def test_a_mistake_in_the_form_fails_at_once_and_says_why(airflow: Airflow) -> None:
    run = airflow.trigger(landing="/nowhere/at/all")
    assert airflow.finish(run) == "failed"
    assert airflow.tasks(run)["discover"] == "failed"
    assert "/nowhere/at/all does not exist" in airflow.log(run, "discover")
    with pytest.raises(urllib.error.HTTPError) as refused:
        airflow.trigger(mode="replace")
    assert refused.value.code == 400


def test_only_this_machine_and_only_its_owner_get_in(
    airflow: Airflow, shop: Shop
) -> None:
    listening = [
        connection.laddr
        for process in family(airflow.process.pid)
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
    anonymous = Airflow(airflow.process, airflow.port, "")
    with pytest.raises(urllib.error.HTTPError) as refused:
        anonymous.trigger()
    assert refused.value.code == 401


@pytest.mark.parametrize(
    ("port", "said"), [("same", "is running already"), ("other", "taken by another")]
)
def test_a_second_server_is_refused(
    airflow: Airflow, shop: Shop, tmp_path: Path, port: str, said: str
) -> None:
    home = shop.settings.home if port == "same" else tmp_path
    done = subprocess.run(
        [CUSTOMER360, "airflow", "--port", str(airflow.port)],
        env=shop.environment(C360_HOME=str(home)),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert said in done.stderr and len(done.stderr.splitlines()) == 1
