"""The triggerer with an Airflow that is no longer what ours was written for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

OTHER_AIRFLOW = """
from airflow.callbacks.database_callback_sink import DatabaseCallbackSink
from airflow.jobs import triggerer_job_runner
from customer360.pipeline.airflow_triggerer import spare

supervisor = triggerer_job_runner.TriggerRunnerSupervisor
supervisor._create_workload = lambda self, trigger, dags: None
send = DatabaseCallbackSink.send = lambda self, request, session: None
spare()
assert triggerer_job_runner.TriggerRunnerSupervisor is supervisor
assert DatabaseCallbackSink.send is send
"""


def test_another_airflow_is_left_as_it_is_and_that_is_said(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-c", OTHER_AIRFLOW],
        env={**os.environ, "AIRFLOW_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    said = done.stdout + done.stderr
    assert "takes no dag_bag" in said and "takes no callback" in said
