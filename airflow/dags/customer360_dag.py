"""
### Customer 360: from landing files to published marts

1. **fetch** brings what is new in the APIs and databases of `connections.yml` into
   the landing folder; without that file there is no such task. **discover** looks into
   the folder, **load** brings the files into `raw`, no file twice: one task for a large
   file or for several small ones, a transaction for each file (to overwrite, for each
   table).
2. **dbt** builds and tests all models. `dbt.build` runs dbt once; each model has a task
   that shows how it went, tests included. Before `int_identity__newest_fit` is built
   the match weights are fitted to the pairs that were compared, unless those have not
   drifted since the last time: its log says what came of it.
3. **publish** brings the marts into `published` in one transaction, if the tests of
   this very build passed. **export** writes them as files for Power BI.
4. **summary** says what came of it.

**When a connection fails**, all else is done with what there is, and only **summary**
is not: so the run counts as failed. Clear the failed `fetch` with everything
downstream to do what is left.

**When a model fails**, readers keep what was published last. Put the model or the
data right, then clear the failed task with its downstream tasks: it is built alone,
then what reads it, then published. Clear `dbt.begin` with everything downstream to
build all models again.

Start it by hand with the form, or by `customer360 run` without Airflow's services.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, Asset, Param, chain, task

from customer360.pipeline.models import dbt_models
from customer360.settings import Settings

PUBLISHED = Asset("customer360_published", group="customer360")

with DAG(
    dag_id="customer360",
    dag_display_name="Customer 360",
    description="Landing files to published marts and Power BI files.",
    doc_md=__doc__,
    schedule=None,
    catchup=False,
    max_active_runs=1,
    tags=["customer360", "dbt"],
    default_args={
        "owner": "customer360",
        "retries": 2,
        "retry_delay": timedelta(seconds=10),
    },
    params={
        "landing": Param(
            str(Settings.from_env().landing_dir),
            type="string",
            minLength=1,
            title="Landing folder",
            description="Where the files are, on the machine that runs the tasks: "
            "a whole path, or one below the folder that is the default. "
            "~ is the home of the user who runs Airflow.",
        ),
        "mode": Param(
            "append",
            enum=["append", "overwrite"],
            title="Mode",
            description="append adds to what is loaded; overwrite replaces it.",
        ),
        "full_refresh": Param(
            False,
            type="boolean",
            title="Full refresh",
            description="Rebuild incremental models from scratch.",
        ),
        "as_of_date": Param(
            None,
            type=["null", "string"],
            format="date",
            title="As of",
            description="Compute everything as of this date; "
            "empty: the last event in the data.",
        ),
    },
) as dag:

    @task
    def connections() -> list[str]:
        """What there is to fetch from."""
        from customer360.pipeline import steps

        return steps.connections()

    @task(map_index_template="{{ title }}")
    def fetch(name: str, params: dict | None = None) -> list[dict]:
        """Bring what is new in an API or a database into the landing folder."""
        from airflow.sdk import get_current_context

        from customer360.pipeline import steps

        get_current_context()["title"] = name
        return steps.fetch(name, params)

    @task(trigger_rule="none_failed")
    def fetched() -> None:
        """All of it came, or there was none."""

    @task(trigger_rule="all_done")
    def discover(params: dict | None = None) -> list[dict]:
        """What there is to load."""
        from customer360.pipeline import steps

        return steps.discover(params)

    @task(map_index_template="{{ title }}")
    def load(portion: dict, params: dict | None = None) -> list[dict]:
        """Bring files into the raw layer, or find that they are there."""
        from airflow.sdk import get_current_context

        from customer360.pipeline import steps

        get_current_context()["title"] = steps.title(portion)
        return steps.load(portion, params)

    @task(outlets=[PUBLISHED])
    def publish(params: dict | None = None) -> dict:
        """Let readers see the marts, if they passed their tests."""
        from customer360.pipeline import steps

        return steps.publish(params)

    @task
    def export(params: dict | None = None) -> list[str]:
        """Write what is published as files for Power BI."""
        from customer360.pipeline import steps

        return steps.export(params)

    @task
    def summary(params: dict | None = None) -> None:
        """Say what came of it."""
        from customer360.pipeline import steps

        steps.summary(params)

    discovered, said = discover(), summary()
    if Settings.from_env().has_connections:
        # what could not be fetched keeps nothing from being done, but is told
        coming = fetch.expand(name=connections())
        coming >> discovered
        coming >> fetched() >> said
    chain(
        load.expand(portion=discovered),
        dbt_models(),
        publish(),
        export(),
        said,
    )
