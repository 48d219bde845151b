"""Cosmos, told to keep to itself before it is imported."""

from __future__ import annotations

import logging
import os

# read when Cosmos is imported
os.environ |= {
    # it reports to its makers how it is used, by way of a field that it adds to the
    # form of the DAG's parameters
    "AIRFLOW__COSMOS__ENABLE_TELEMETRY": "False",
    # a manifest needs no cache, and that one is in a folder everybody shares
    "AIRFLOW__COSMOS__ENABLE_CACHE": "False",
    # a new version of the DAG for every file that dbt writes
    "AIRFLOW__COSMOS__ENABLE_DAG_VERSIONING": "False",
}
logging.getLogger("cosmos").setLevel(logging.ERROR)  # a page in each task's log

from cosmos import (  # noqa: E402
    DbtTaskGroup,
    ExecutionConfig,
    LoadMode,
    ProfileConfig,
    ProjectConfig,
    RenderConfig,
)
from cosmos.constants import DbtResourceType, TestBehavior  # noqa: E402

__all__ = [
    "DbtResourceType",
    "DbtTaskGroup",
    "ExecutionConfig",
    "LoadMode",
    "ProfileConfig",
    "ProjectConfig",
    "RenderConfig",
    "TestBehavior",
]
