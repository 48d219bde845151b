"""dbt in a process of its own, that nothing survives."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from customer360 import ingest, warehouse
from customer360.errors import UserError
from customer360.pipeline.board import NodeEvent
from customer360.pipeline.dbt import run_dbt
from pipeline.shop import Shop

STAGING = [
    "build",
    "--select=+stg_csv__customers",
    "--indirect-selection=buildable",
]
LOCKED = "customer360_dbt_locked"

START_DBT = """
import sys
from customer360.pipeline.dbt import run_dbt
from customer360.settings import Settings
sys.exit(run_dbt(Settings.from_env(), sys.argv[1:]))
"""


@pytest.fixture(scope="module", autouse=True)
def loaded(shop: Shop) -> None:
    ingest.load_landing(shop.settings)


def eventually(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def dbt_connections(shop: Shop, condition: str = "true") -> int:
    return int(
        str(
            shop.value(
                "select count(*) from pg_stat_activity "
                f"where application_name = '{LOCKED}' "
                f"and datname = current_database() and {condition}",
                "admin",
            )
        )
    )


def children(process: subprocess.Popen) -> list[int]:
    found = subprocess.run(
        ["pgrep", "-P", str(process.pid)], capture_output=True, text=True
    )
    return [int(pid) for pid in found.stdout.split()]


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@contextmanager
def blocked(shop: Shop) -> Iterator[subprocess.Popen]:
    """A process whose dbt is in the middle of a statement that does not end."""
    with warehouse.connect(shop.settings, "admin") as connection:
        connection.execute("lock table staging.stg_csv__customers in access share mode")
        process = subprocess.Popen(
            [sys.executable, "-c", START_DBT, *STAGING],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            eventually(lambda: dbt_connections(shop, "wait_event_type = 'Lock'") > 0)
            yield process
        finally:
            process.kill()
            process.wait()


def test_dbt_tells_what_it_does_as_it_does_it(shop: Shop) -> None:
    events: list[NodeEvent] = []
    lines: list[str] = []
    code = run_dbt(
        shop.settings,
        STAGING,
        on_node=lambda event: events.append(event) if event else None,
        output=lines.append,
    )
    assert code == 0, "\n".join(lines)
    model = "model.customer360.stg_csv__customers"
    own = [event for event in events if event.node == model]
    assert [event.status for event in own] == ["started", "success"]
    ended = [event for event in events if event.status != "started"]
    assert own[0].total == len(ended)
    assert {event.status for event in ended} == {"success", "pass"}
    assert any("Completed successfully" in line for line in lines)
    assert shop.value("select count(*) > 0 from staging.stg_csv__customers", "admin")


def test_no_value_of_the_data_gets_into_output_logs_or_results(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DBT_LOG_LEVEL_FILE")
    # the statement has only one half of what the error would quote
    query = "select cast('xylo' || lower('PHOBE ') || email as int) as number"
    lines: list[str] = []
    assert run_dbt(
        shop.settings,
        ["show", "--inline", f"{query} from raw.csv_customers"],
        output=lines.append,
    )
    output = "\n".join(lines)
    assert "invalid input syntax for type integer" in output, output
    written = [path for path in shop.target.rglob("*") if path.is_file()]
    logs = list((shop.settings.home / "logs" / "dbt").iterdir())
    assert logs
    written += logs
    assert len(written) > 3
    for text in (
        "\n".join(lines),
        *(p.read_bytes().decode("latin-1") for p in written),
    ):
        assert "xylophobe" not in text


def test_dbts_own_exit_codes(shop: Shop) -> None:
    lines: list[str] = []
    assert run_dbt(shop.settings, ["build", "--nonsense"], output=lines.append) == 2
    assert any("No such option" in line for line in lines)
    assert run_dbt(shop.settings, ["--version"], output=lines.append) == 0


def test_a_second_build_is_refused_and_reading_is_not(shop: Shop) -> None:
    with warehouse.pipeline_lock(shop.settings):
        # another run's: the lock is passed on to what its holder starts
        os.environ.pop("C360_PIPELINE_LOCK_HOLDER")
        with pytest.raises(UserError, match="Another run is using this database"):
            run_dbt(
                shop.settings,
                STAGING,
                on_node=lambda event: None,
                output=lambda line: None,
            )
        listed: list[str] = []
        assert not run_dbt(
            shop.settings, ["--quiet", "ls", *STAGING[1:]], output=listed.append
        )
        assert any(line.endswith("stg_csv__customers") for line in listed)


def test_dbt_dies_with_whoever_started_it(shop: Shop) -> None:
    with blocked(shop) as starter:
        (dbt,) = children(starter)
        os.kill(starter.pid, signal.SIGKILL)
        starter.wait()
        eventually(lambda: not lives(dbt), seconds=5)
        # the lock is free at once, however long the server works on for the dead
        with warehouse.pipeline_lock(shop.settings):
            pass


def test_a_run_ends_what_a_killed_one_left_in_the_server(shop: Shop) -> None:
    # what another test's killed dbt was doing may take the server a moment to end
    eventually(lambda: dbt_connections(shop) == 0, seconds=30)
    # whether the server notices by itself that a client has gone is its own affair
    orphan = warehouse.connect(shop.settings, "transformer", application_name=LOCKED)
    orphan.execute("lock table staging.stg_csv__customers in access share mode")
    assert dbt_connections(shop) == 1
    assert run_dbt(shop.settings, STAGING, output=lambda line: None) == 0
    assert dbt_connections(shop) == 0
    orphan.close()


def test_an_interrupted_run_stops_its_dbt(shop: Shop) -> None:
    with blocked(shop) as starter:
        (dbt,) = children(starter)
        # only the one that started it: at a terminal, dbt would get it as well
        os.kill(starter.pid, signal.SIGINT)
        assert starter.wait(30) != 0
        assert not lives(dbt)
        eventually(lambda: dbt_connections(shop) == 0, seconds=10)
