"""dbt's part of the DAG in Cosmos' own execution modes, for benchmarks.dag."""

from __future__ import annotations

import os

import cosmos.settings
from cosmos.constants import ExecutionMode

from customer360.pipeline import manifest
from customer360.pipeline.cosmos import (
    DbtTaskGroup,
    ExecutionConfig,
    LoadMode,
    ProfileConfig,
    ProjectConfig,
    RenderConfig,
    TestBehavior,
)
from customer360.settings import Settings

# the product has no use for it, but without it Cosmos' dbt reads the whole project
# again for each model
cosmos.settings.enable_cache = True


def dbt_models() -> DbtTaskGroup:
    """A task for each model, and one that runs all tests after them.

    LOCAL has a dbt for each model. WATCHER has one for all, and a sensor for each.
    """
    settings = Settings.from_env()
    return DbtTaskGroup(
        group_id="dbt",
        project_config=ProjectConfig(
            dbt_project_path=settings.dbt_project_dir,
            manifest_path=manifest.path(settings),
            install_dbt_deps=False,
        ),
        profile_config=ProfileConfig(
            profile_name="customer360",
            target_name="postgres",
            profiles_yml_filepath=settings.dbt_project_dir / "profiles.yml",
        ),
        execution_config=ExecutionConfig(
            execution_mode=ExecutionMode(os.environ["C360_BENCHMARK_MODE"])
        ),
        # each dbt works in a copy of the project, and in the copy's own folders
        operator_args={
            "dbt_cmd_flags": ["--target-path", "target", "--log-path", "logs"]
        },
        # the fewest processes that run every test: WATCHER knows no BUILD, and
        # AFTER_EACH has a second task for each model
        render_config=RenderConfig(
            load_method=LoadMode.DBT_MANIFEST,
            test_behavior=TestBehavior.AFTER_ALL,
            emit_datasets=False,
        ),
    )
