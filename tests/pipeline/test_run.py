"""`customer360 run`, as a person runs it: the DAG in process."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.shop import RECORDS, Shop

CUSTOMER360 = Path(sys.executable).with_name("customer360")


def customer360(
    shop: Shop, *args: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [CUSTOMER360, *args],
        env=shop.environment(**environment),
        cwd="/",
        capture_output=True,
        text=True,
    )


def exports(shop: Shop) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in shop.settings.export_dir.iterdir()
    }


def publications(shop: Shop) -> object:
    return shop.value("select count(*) from ops.publications", "admin")


@pytest.fixture(scope="module")
def first_run(shop: Shop) -> subprocess.CompletedProcess[str]:
    done = customer360(shop, "run")
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def test_a_run_shows_its_steps_and_ends_with_a_summary(
    first_run: subprocess.CompletedProcess[str], shop: Shop
) -> None:
    out = first_run.stdout
    for step in ("start", "discover", "load", "dbt", "publish", "export"):
        assert re.search(rf"^✓ {step} +\d+\.\d s", out, re.MULTILINE), step
    assert re.search(r"^… dbt \d+/\d+ \w+", out, re.MULTILINE), "dbt says how far it is"

    customers = shop.value("select count(*) from published.customer_360")
    revenue = shop.value("select sum(revenue) from published.fct_transactions")
    records = shop.value("select count(*) from published.bridge_customer_identities")
    assert f"{records:,} records → {customers:,} customers" in out
    assert f"{revenue:,.2f} revenue" in out
    assert re.search(r"Tests +\d+ passed +│", out), "none of them failed or warned"
    assert "Champions" in out and "Hibernating" in out
    assert str(shop.settings.export_dir) in out.replace("\n", "")
    assert "truth" not in out, "the truth here is not that of C360_HOME"

    # Airflow's talk is in the log, and nothing of it on the screen
    assert "airflow.sdk" not in out + first_run.stderr
    logs = sorted((shop.settings.home / "logs").glob("run-*.log"))
    assert "Completed successfully" in logs[-1].read_text()
    assert logs[-1].stat().st_mode & 0o077 == 0
    assert RECORDS * 0.9 < int(str(records)) <= RECORDS


def test_a_second_run_loads_nothing_twice_and_exports_the_same_bytes(
    first_run: subprocess.CompletedProcess[str], shop: Shop
) -> None:
    before = exports(shop)
    done = customer360(shop, "run", COLUMNS="200")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("loaded already") == 2
    assert "as they were published before" in done.stdout
    assert exports(shop) == before
    runs = shop.settings.home / "airflow" / "runs"
    assert not list(runs.iterdir()), "a run cleans up after itself"


def test_a_failed_model_is_named_and_nothing_is_published(
    first_run: subprocess.CompletedProcess[str], shop: Shop
) -> None:
    before = exports(shop), publications(shop)
    # the rebuild of a table that is not its own is beyond dbt's role
    shop.execute("alter table staging.stg_csv__customers owner to current_user")
    try:
        done = customer360(shop, "run")
    finally:
        shop.execute("alter table staging.stg_csv__customers owner to c360_transformer")
    assert done.returncode == 1
    *_, error = done.stderr.splitlines()
    assert done.stderr.count("error:") == error.count("error:") == 1
    assert "stg_csv__customers failed (must be owner" in error
    log = Path(error.rpartition("log: ")[2].rstrip(") "))
    assert "must be owner" in log.read_text()
    assert "Traceback" not in done.stdout + done.stderr
    assert (exports(shop), publications(shop)) == before


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--landing", "/nowhere/at/all"], "/nowhere/at/all does not exist"),
        (["--landing", "/etc/hostname"], "is not a folder"),
        (["--mode", "replace"], "append or overwrite"),
        (["--export", "/proc/exports"], "/proc/exports"),
        (["--as-of", "yesterday"], "yesterday"),
    ],
)
def test_a_persons_mistake_is_one_line_at_once(
    shop: Shop, args: list[str], said: str
) -> None:
    began = time.monotonic()
    done = customer360(shop, "run", *args)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout, "nothing has been started"
    assert time.monotonic() - began < 20


def test_a_wrong_database_is_one_line(shop: Shop) -> None:
    done = customer360(
        shop, "run", C360_DATABASE_URL="postgresql://nobody:x@127.0.0.1:1/nothing"
    )
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "127.0.0.1" in done.stderr
