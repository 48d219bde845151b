"""The DAG as Airflow reads it, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from customer360.pipeline import manifest
from customer360.settings import ROOT, Settings

if TYPE_CHECKING:
    from tests.conftest import Work

DAGS = ROOT / "airflow" / "dags"

# databases, dbt, data frames, HTTP, and our own parts that need them
FORBIDDEN = (
    *("dbt", "psycopg", "psycopg2", "pandas", "numpy", "scipy", "faker", "requests"),
    *("customer360.warehouse", "customer360.ingest", "customer360.publish"),
    *("customer360.export", "customer360.identity"),
)

READ_DAG = """
import importlib, json, socket, sqlite3, subprocess, sys
import airflow.sdk
from airflow.serialization.serialized_objects import (
    BaseSerialization, DagSerialization
)

def refuse(*args, **kwargs):
    raise AssertionError("work while a DAG is being read")

socket.socket.connect = sqlite3.connect = subprocess.Popen.__init__ = refuse
before = set(sys.modules)
sys.path.insert(0, sys.argv[1])
dag = importlib.import_module(sys.argv[2]).dag
imported = sorted(set(sys.modules) - before)
dag.validate()
dag.topological_sort()  # fails on a cycle
stored = json.dumps(DagSerialization.to_dict(dag))
dag = DagSerialization.from_dict(json.loads(stored))
print(json.dumps({
    "imported": imported,
    "size": len(stored),
    "dag_id": dag.dag_id,
    "doc": dag.doc_md,
    "tags": sorted(dag.tags),
    "active_runs": dag.max_active_runs,
    "catchup": dag.catchup,
    "can_be_scheduled": dag.timetable.can_be_scheduled,
    "params": {
        name: {**dag.params.get_param(name).schema, "default": dag.params[name]}
        for name in dag.params
    },
    "tasks": {
        task.task_id: {
            "kind": task.task_type,
            "up": sorted(task.upstream_task_ids),
            "rule": str(getattr(task.trigger_rule, "value", task.trigger_rule)),
            "retries": task.retries,
            "owner": task.owner,
            "trigger": (
                BaseSerialization.deserialize(task.start_trigger_args.trigger_kwargs)
                if task.start_from_trigger is True else None
            ),
        }
        for task in dag.tasks
    },
}))
"""


def read_dag(settings: Settings, home: Path, **environment: str) -> dict[str, Any]:
    """Read the DAG as a process of Airflow's does."""
    found = subprocess.run(
        [sys.executable, "-P", "-c", READ_DAG, str(DAGS), "customer360_dag"],
        env={
            **os.environ,
            "AIRFLOW_HOME": str(home),
            "C360_HOME": str(settings.home),
            "C360_LANDING_DIR": "/landing",
            **environment,
        },
        capture_output=True,
        text=True,
    )
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def project(work: Work) -> Settings:
    """Settings of a home where setup has read the dbt project."""
    return work.settings


@pytest.fixture(scope="module")
def dag(project: Settings, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return read_dag(project, tmp_path_factory.mktemp("airflow"))


def nodes(settings: Settings) -> dict[str, dict[str, Any]]:
    """dbt's models, seeds and snapshots, by name."""
    found = manifest.read(manifest.path(settings))["nodes"].values()
    shown = ("model", "seed", "snapshot")
    return {n["name"]: n for n in found if n["resource_type"] in shown}


def test_dag_files_only_wire(dag: dict[str, Any]) -> None:
    heavy = [
        module
        for module in dag["imported"]
        if any(module == name or module.startswith(f"{name}.") for name in FORBIDDEN)
    ]
    assert not heavy, "reading the DAG imports these"
    for path in DAGS.glob("*.py"):
        imports = [
            line.split()[1]
            for line in path.read_text().splitlines()
            if line.startswith(("import ", "from "))
        ]
        outside = [
            name
            for name in imports
            if name.startswith("airflow") and name != "airflow.sdk"
        ]
        assert not outside, f"{path.name} imports {outside}: airflow.sdk has it"


def test_dag_says_what_it_is_and_runs_once_at_a_time(dag: dict[str, Any]) -> None:
    assert dag["dag_id"] == "customer360"
    assert "publish" in dag["doc"] and "clear" in dag["doc"].lower()
    assert dag["tags"] and dag["active_runs"] == 1
    assert not dag["catchup"] and not dag["can_be_scheduled"], "no clock starts it"
    assert {task["owner"] for task in dag["tasks"].values()} == {"customer360"}


def test_the_form_asks_for_what_can_be_chosen(dag: dict[str, Any]) -> None:
    params = dag["params"]
    assert set(params) == {"landing", "mode", "full_refresh", "as_of_date"}
    assert params["landing"]["default"] == "/landing"
    assert params["mode"]["enum"] == ["append", "overwrite"]
    assert params["mode"]["default"] == "append"
    assert params["full_refresh"]["type"] == "boolean"
    assert params["full_refresh"]["default"] is False
    assert params["as_of_date"]["format"] == "date"
    assert "null" in params["as_of_date"]["type"]


def test_work_is_retried_and_what_only_shows_is_not(dag: dict[str, Any]) -> None:
    for name, task in dag["tasks"].items():
        if task["kind"] == "DbtNodeOperator":
            assert task["retries"] == 0, name
        else:
            assert task["retries"] >= 2, name


def test_each_model_is_a_task_that_starts_no_process(
    dag: dict[str, Any], project: Settings
) -> None:
    models = {
        name.rpartition(".")[2]: task
        for name, task in dag["tasks"].items()
        if task["kind"] == "DbtNodeOperator"
    }
    expected = nodes(project)
    assert set(models) == set(expected)
    for name, task in models.items():
        assert task["trigger"]["node"] == expected[name]["unique_id"]
        assert task["trigger"]["build_task_id"] == "dbt.build"
        parents = {
            parent.split(".")[2]
            for parent in expected[name]["depends_on"].get("nodes", [])
            if parent.startswith(("model.", "seed.", "snapshot."))
        }
        upstream = {t.rpartition(".")[2] for t in task["trigger"]["upstream"]}
        assert upstream == parents, f"the graph of {name} is dbt's"
        # all are shown as waiting as soon as dbt starts, and as not run if it can't
        assert "dbt.begin" in task["up"] and task["rule"] == "one_success"


def test_without_connections_nothing_is_fetched(dag: dict[str, Any]) -> None:
    assert not {"connections", "fetch", "fetched"} & set(dag["tasks"])


def test_what_can_t_be_fetched_stops_nothing_but_the_summary(
    project: Settings, tmp_path: Path
) -> None:
    # it is only looked whether it is there
    (tmp_path / "connections.yml").write_text("{")
    connections = str(tmp_path / "connections.yml")
    tasks = read_dag(project, tmp_path, C360_CONNECTIONS=connections)["tasks"]
    assert tasks["fetch"]["up"] == ["connections"]
    assert tasks["discover"]["up"] == ["fetch"]
    assert tasks["discover"]["rule"] == "all_done"
    assert tasks["load"]["up"] == ["discover"]
    # skipped where no connection is declared, failed where one could not be fetched
    assert tasks["fetched"]["up"] == ["fetch"]
    assert tasks["fetched"]["rule"] == "none_failed"
    assert set(tasks["summary"]["up"]) == {"export", "fetched"}
    assert tasks["summary"]["rule"] == "all_success"


def test_nothing_follows_a_failed_model(dag: dict[str, Any]) -> None:
    tasks = dag["tasks"]
    shown = {n for n, task in tasks.items() if task["kind"] == "DbtNodeOperator"}
    assert set(tasks["dbt.end"]["up"]) == shown | {"dbt.build"}
    # a model that could not be run is skipped: that alone must not skip the rest, or
    # a run that published nothing would pass for a success
    assert tasks["dbt.end"]["rule"] == "none_failed"
    assert tasks["publish"]["up"] == ["dbt.end"]
    assert tasks["export"]["up"] == ["publish"]
    for name in ("publish", "export", "summary"):
        assert tasks[name]["rule"] == "all_success"
    # without a file to load, the load is skipped and dbt runs all the same
    assert tasks["dbt.begin"]["rule"] == "none_failed"
    assert tasks["dbt.begin"]["up"] == ["load"]


def test_in_process_dbt_is_one_task(
    project: Settings, tmp_path: Path, dag: dict[str, Any]
) -> None:
    one = read_dag(project, tmp_path, C360_IN_PROCESS="1")
    assert set(one["tasks"]) == {
        n for n, t in dag["tasks"].items() if t["kind"] != "DbtNodeOperator"
    }
    assert not any(module.startswith("cosmos") for module in one["imported"])


@pytest.mark.parametrize("task", ["load", "dbt.build"])
def test_a_task_that_is_no_model_reads_none(
    project: Settings, tmp_path: Path, dag: dict[str, Any], task: str
) -> None:
    alone = read_dag(
        project,
        tmp_path,
        _AIRFLOW_PARSING_CONTEXT_DAG_ID="customer360",
        _AIRFLOW_PARSING_CONTEXT_TASK_ID=task,
    )
    assert alone["tasks"][task] == dag["tasks"][task]
    assert "DbtNodeOperator" not in {t["kind"] for t in alone["tasks"].values()}
    assert not any(module.startswith("cosmos") for module in alone["imported"])


def test_before_setup_has_read_the_dbt_project_the_dag_is_there(
    tmp_path: Path, server: Settings
) -> None:
    empty = read_dag(server, tmp_path, C360_HOME=str(tmp_path / "nothing"))
    assert "dbt.build" in empty["tasks"]
