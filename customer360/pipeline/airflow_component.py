"""One of Airflow's commands, ended when the process that started it ends.

`python -m customer360.pipeline.airflow_component PARENT_PID COMMAND [ARGUMENTS]`
"""

from __future__ import annotations

import signal
import sys

from customer360.pipeline.processes import die_with, keep_garbage

_STARTS_PROCESSES = ("dag-processor", "scheduler")


def main(parent: int, command: str, arguments: list[str]) -> None:
    """Become one of Airflow's commands: a service, mostly."""
    die_with(parent, signal.SIGTERM)
    keep_garbage()
    if command in _STARTS_PROCESSES:
        # each task and each reading of the DAG is a fork of these: what is imported
        # here is not imported again, a second at a time, in every one of them
        from customer360.pipeline import preload  # noqa: F401
    if command == "triggerer":
        from customer360.pipeline import airflow_triggerer

        airflow_triggerer.spare()
    sys.argv = ["airflow", command, *arguments]
    from airflow.__main__ import main as airflow

    airflow()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3:])
