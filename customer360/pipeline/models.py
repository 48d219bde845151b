"""dbt's part of the DAG: one run of it, and under a scheduler a task for each model.

A run in process has no use for tasks that only show.
"""

from __future__ import annotations

import os
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import TaskGroup, get_parsing_context

from customer360.pipeline import IN_PROCESS, manifest
from customer360.pipeline.folders import drawn_folders
from customer360.pipeline.operators import DbtBuildOperator, DbtNodeOperator
from customer360.settings import Settings

if TYPE_CHECKING:
    from airflow.sdk import DAG
    from cosmos.dbt.graph import DbtNode

_GROUP = "dbt"
_BUILD = "build"


def dbt_models() -> TaskGroup:
    """The tasks that build the dbt project, in the DAG that is being defined.

    Whatever is upstream of the group must have succeeded, or been skipped for want
    of anything to do, before dbt runs; whatever is downstream of it waits until all
    its models have succeeded.
    """
    settings = Settings.from_env()
    shows_models = (
        os.environ.get(IN_PROCESS) != "1" and manifest.path(settings).exists()
    )
    # the process of a task reads the DAG for that task alone
    task_id = get_parsing_context().task_id
    draws_models = shows_models and (
        task_id is None
        or (task_id.startswith(f"{_GROUP}.") and task_id != f"{_GROUP}.{_BUILD}")
    )
    group = _models(settings) if draws_models else TaskGroup(_GROUP)
    models = list(group.iter_tasks())
    with group:
        begin = EmptyOperator(task_id="begin", trigger_rule="none_failed")
        build = DbtBuildOperator(task_id=_BUILD, shows_models=shows_models)
        # what was not run stands as skipped, what is to blame for it as failed
        end = EmptyOperator(task_id="end", trigger_rule="none_failed")
    begin >> [build, *models] >> end
    for model in models:
        model.follow(build)
    return group


def _models(settings: Settings) -> TaskGroup:
    """A group with a task for each model, seed and snapshot."""
    from customer360.pipeline.cosmos import (
        DbtResourceType,
        DbtTaskGroup,
        ExecutionConfig,
        LoadMode,
        ProfileConfig,
        ProjectConfig,
        RenderConfig,
        TestBehavior,
    )

    shown = (DbtResourceType.MODEL, DbtResourceType.SEED, DbtResourceType.SNAPSHOT)
    described = manifest.read(manifest.path(settings))["nodes"]
    folders = drawn_folders(
        {
            name: PurePosixPath(node["original_file_path"]).parts[:-1]
            for name, node in described.items()
            if node["resource_type"] in {kind.value for kind in shown}
        },
        {name: node["depends_on"].get("nodes", ()) for name, node in described.items()},
    )
    groups: dict[tuple[str, ...], TaskGroup] = {}

    def group_of(folder: tuple[str, ...], dag: DAG, above: TaskGroup) -> TaskGroup:
        if not folder:
            return above
        if folder not in groups:
            parent = group_of(folder[:-1], dag, above)
            groups[folder] = TaskGroup(folder[-1], dag=dag, parent_group=parent)
        return groups[folder]

    def show(
        *, dag: DAG, task_group: TaskGroup, node: DbtNode, **_: Any
    ) -> DbtNodeOperator | None:
        if node.config.get("materialized") == "ephemeral":
            return None  # dbt never runs it
        return DbtNodeOperator(
            task_id=node.name,
            dag=dag,
            task_group=group_of(folders[node.unique_id], dag, task_group),
            node=node.unique_id,
            doc_md=described[node.unique_id].get("description") or None,
        )

    return DbtTaskGroup(
        group_id=_GROUP,
        project_config=ProjectConfig(
            manifest_path=manifest.path(settings), project_name="customer360"
        ),
        profile_config=ProfileConfig(
            profile_name="customer360",
            target_name="postgres",
            profiles_yml_filepath=settings.dbt_project_dir / "profiles.yml",
        ),
        execution_config=ExecutionConfig(dbt_project_path=settings.dbt_project_dir),
        render_config=RenderConfig(
            load_method=LoadMode.DBT_MANIFEST,
            test_behavior=TestBehavior.NONE,
            emit_datasets=False,
            node_converters=dict.fromkeys(shown, show),
        ),
    )
