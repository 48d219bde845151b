"""Airflow's triggerer, without what it does in vain for the task of a model.

For each trigger that a task starts from it reads the whole DAG twice, and hands it
over in between, to render templates. For each task that a trigger ends well it has
the DAG's file read for a callback, and only then looks whether there can be one. With
a task for each model that was a third of the CPU time of a run. Where Airflow is no
longer what this was written for, all is done as Airflow does it, and takes longer.
"""

from __future__ import annotations

from typing import Any

from customer360.pipeline import patches


def spare() -> None:
    """Have the triggerer that this process becomes do without."""
    changes = (_hand_over_no_dag, _report_no_success)
    patches.make(changes, "Airflow's triggerer does more than it need")


def _hand_over_no_dag() -> None:
    """Give a trigger that has nothing to render no DAG to render it with."""
    from airflow.jobs import triggerer_job_runner

    from customer360.pipeline.operators import DbtNodeTrigger

    usual = triggerer_job_runner.TriggerRunnerSupervisor
    patches.takes(usual._create_workload, "trigger", "dag_bag")

    class Supervisor(usual):
        def _create_workload(self, trigger: Any, dag_bag: Any, **others: Any) -> Any:
            if trigger.classpath == DbtNodeTrigger.classpath():
                dag_bag = _NoDags(dag_bag)
            return super()._create_workload(trigger=trigger, dag_bag=dag_bag, **others)

    triggerer_job_runner.TriggerRunnerSupervisor = Supervisor


class _NoDags:
    """A bag of DAGs that has none to hand over."""

    def __init__(self, bag: Any) -> None:
        self._bag = bag

    def get_serialized_dag_model(self, *_: Any, **__: Any) -> None:
        return None

    get_serialized_dag_model_for_run = get_serialized_dag_model

    def __getattr__(self, name: str) -> Any:
        return getattr(self._bag, name)


def _report_no_success() -> None:
    """Send on only callbacks that whoever gets them does not ignore."""
    from airflow.callbacks.database_callback_sink import DatabaseCallbackSink

    send = DatabaseCallbackSink.send
    patches.takes(send, "callback")

    def send_failure(self: Any, callback: Any, **others: Any) -> None:
        if getattr(callback, "is_failure_callback", True):
            send(self, callback=callback, **others)

    DatabaseCallbackSink.send = send_failure
