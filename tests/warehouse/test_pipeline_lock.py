"""One run at a time, and none blocked by the dead."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from customer360 import warehouse
from customer360.errors import UserError
from customer360.settings import Settings

HOLD = """
import sys, time
from customer360 import warehouse
from customer360.settings import Settings
with warehouse.pipeline_lock(Settings.from_env(), wait=float(sys.argv[1])):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def holder(
    settings: Settings, wait: float = 0, seconds: float = 60
) -> subprocess.Popen[str]:
    """Another process that takes the lock and keeps it."""
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, str(wait), str(seconds)],
        env={
            **os.environ,
            "C360_HOME": str(settings.home),
            "C360_DATABASE_URL": settings.database_url,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def test_second_run_is_refused_until_the_first_is_killed(database: Settings) -> None:
    first = holder(database)
    try:
        assert first_line(first) == "held"
        with (
            pytest.raises(UserError, match="Another run is using this database since"),
            warehouse.pipeline_lock(database),
        ):
            pass
    finally:
        first.kill()
        first.communicate()
    with warehouse.pipeline_lock(database, wait=5):
        pass


def test_waiting_for_the_first_run(database: Settings) -> None:
    first = holder(database, seconds=1)
    assert first_line(first) == "held"
    began = time.monotonic()
    with (
        pytest.raises(UserError),
        warehouse.pipeline_lock(database, wait=0.2),
    ):
        pass
    assert time.monotonic() - began < 1
    with warehouse.pipeline_lock(database, wait=20):
        assert first.wait(5) == 0
    first.communicate()


def test_parts_of_one_run_share_its_lock(database: Settings) -> None:
    with warehouse.pipeline_lock(database):
        with warehouse.pipeline_lock(database):
            child = holder(database, seconds=0)
            assert child.wait(20) == 0
            assert first_line(child) == "held"
            child.communicate()
        # the inner block did not give the lock away
        stranger = holder_of_another_run(database)
        assert stranger.wait(20) != 0
        stranger.communicate()
    after = holder_of_another_run(database)
    assert after.wait(20) == 0
    after.communicate()


def holder_of_another_run(settings: Settings) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if "LOCK" in name}
    for name in kept:
        del os.environ[name]
    try:
        return holder(settings, seconds=0)
    finally:
        os.environ.update(kept)


def test_databases_do_not_block_each_other(
    database: Settings, server: Settings
) -> None:
    with warehouse.pipeline_lock(database), warehouse.pipeline_lock(server):
        pass


def test_lock_of_a_run_that_failed(database: Settings, tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), warehouse.pipeline_lock(database):
        raise ZeroDivisionError
    other = holder(database, seconds=0)
    assert other.wait(20) == 0
    other.communicate()


def test_lock_when_the_connection_is_lost(database: Settings) -> None:
    with (
        warehouse.pipeline_lock(database),
        warehouse.connect(database, "admin", autocommit=True) as admin,
    ):
        admin.execute(
            "select pg_terminate_backend(pid) from pg_locks "
            "where locktype = 'advisory' and pid <> pg_backend_pid()"
        )
