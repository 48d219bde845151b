"""Import what the DAG and its tasks need, for the processes that fork from this one."""

from __future__ import annotations

import importlib

_MODULES = (
    "airflow.sdk.execution_time.task_runner",
    "customer360.export",
    "customer360.ingest",
    "customer360.pipeline.cosmos",
    "customer360.pipeline.dbt",
    "customer360.pipeline.models",
    "customer360.pipeline.steps",
    "customer360.publish",
)

for module in _MODULES:
    importlib.import_module(module)
