"""The pipeline: how dbt is run, and the steps that the customer360 DAG wires up."""

IN_PROCESS = "C360_IN_PROCESS"
"""Environment: 1 where no triggerer runs, so that a stage of dbt is one task."""
