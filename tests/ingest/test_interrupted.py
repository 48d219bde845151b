"""Whatever ends a load too early, nothing half done is left, and the next one loads."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from customer360 import ingest, warehouse
from customer360.errors import UserError
from customer360.ingest.source import Source
from customer360.ingest.unloadable import UnloadableFile
from customer360.settings import Settings
from customer360.warehouse import processes
from customer360.warehouse.server import EmbeddedServer

from .loads import (
    gate,
    loaders,
    many,
    remove_gates,
    start_load,
    wait_for,
    waiting,
)
from .shop import Shop

HEADER = b"id,name,city\n"
ROWS = 120_000
TABLES = ("raw.csv_customers", "raw.csv_transactions", "raw.stripe_charges")


def fill(landing: Path) -> None:
    """Files of three tables, some of whose records are bad."""
    landing.mkdir(exist_ok=True)
    bad = {k for k in range(ROWS) if k % 997 == 0}
    for name, header in {
        "csv_customers": "customer_id,first_name,email",
        "csv_transactions": "transaction_id,customer_id,amount",
    }.items():
        lines = (f"{k}\n" if k in bad else f"{k},name {k},{k}.5\n" for k in range(ROWS))
        (landing / f"{name}.csv").write_text(f"{header}\n{''.join(lines)}")
    lines = (
        "{\n" if k in bad else f'{{"id":{k},"amount":{k}.5}}\n' for k in range(ROWS)
    )
    (landing / "charges.jsonl").write_text("".join(lines))


def assert_all_or_nothing(shop: Shop) -> int:
    """Every table has its file as a whole, once, or nothing. Returns how many have."""
    loaded = 0
    for table in TABLES:
        rows = shop.query(f"select count(*), count(distinct _row_number) from {table}")[
            0
        ]
        manifest = shop.query(
            "select state, rows_read, rows_loaded, rows_quarantined, "
            "(select count(*) from ops.quarantine where file_id = m.file_id) "
            "from ops.load_manifest as m where 'raw.' || table_name = %s",
            table,
        )
        bad = -(-ROWS // 997)
        if manifest:
            assert manifest == [("loaded", ROWS, ROWS - bad, bad, bad)]
            assert rows == (ROWS - bad, ROWS - bad)
            loaded += 1
        else:
            assert rows == (0, 0)
    assert len(shop.query("select from ops.load_manifest")) == loaded
    return loaded


def test_killed_at_any_moment_leaves_whole_files_or_none(database: Settings) -> None:
    fill(database.landing_dir)
    ingest.create_declared_tables(database)
    shop = Shop(database)  # type: ignore[arg-type]
    rng = random.Random(4)
    began = time.monotonic()
    for attempt in range(8):
        load = start_load(database)
        # from the start of the process to about where it is done
        time.sleep(rng.uniform(0.2, 1 + attempt / 2))
        load.kill()
        load.wait()
        wait_for(lambda: not loaders(shop))
        assert_all_or_nothing(shop)
        if time.monotonic() - began > 90:
            break
    assert start_load(database).wait() == 0
    assert assert_all_or_nothing(shop) == len(TABLES)


@pytest.fixture
def own_server(quick_folder: Path, tmp_path: Path) -> Iterator[Settings]:
    """Settings on a server that a test may kill."""
    settings = Settings(
        home=quick_folder / "killed" / "home",
        database_url="embedded:///killed",
        landing_dir=tmp_path / "landing",
        export_dir=tmp_path / "export",
    )
    warehouse.ensure_ready(settings)
    ingest.create_declared_tables(settings)
    try:
        yield settings
    finally:
        warehouse.stop(settings)


def test_a_server_killed_during_a_load_keeps_nothing_half_done(
    own_server: Settings,
) -> None:
    fill(own_server.landing_dir)
    shop = Shop(own_server)  # type: ignore[arg-type]
    server = EmbeddedServer(own_server.home)
    with gate(shop, row=60_000, table="raw.csv_customers"):
        load = start_load(own_server, stderr=subprocess.PIPE)
        wait_for(lambda: waiting(shop) == 1)
        for pid in processes.of_data_folder(server.data):
            with suppress(ProcessLookupError):  # it has gone with its parent
                os.kill(pid, signal.SIGKILL)
    _, said = load.communicate(timeout=120)
    assert load.returncode == 2
    assert "went away while" in " ".join(said.decode().split())
    assert "Traceback" not in said.decode()

    warehouse.ensure_ready(own_server)
    before = assert_all_or_nothing(shop)
    assert shop.query("select count(*) from raw.csv_customers") == [(0,)]
    remove_gates(shop)
    results = ingest.load_landing(own_server)
    assert [result.state for result in results].count("already_loaded") == before
    assert assert_all_or_nothing(shop) == len(TABLES)


@contextmanager
def small_disk(shop: Shop, megabytes: int) -> Iterator[Path]:
    """A disk of its own for the table raw.shop_people, as small as this."""
    owner = (shop.settings.home / "postgres" / "data").stat()
    # not below a folder of ours: the server's account has to reach it
    folder = Path(tempfile.mkdtemp(prefix="small-disk-"))
    options = f"size={megabytes}m,mode=700,uid={owner.st_uid},gid={owner.st_gid}"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True
    )
    if mounted.returncode:
        folder.rmdir()
        pytest.skip("only root may make a small disk")
    try:
        with shop.admin() as connection:
            connection.execute(f"create tablespace small location '{folder}'")
            connection.execute("alter table raw.shop_people set tablespace small")
            yield folder
            connection.execute("drop table raw.shop_people")
            connection.execute("drop tablespace small")
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
        folder.rmdir()


def test_a_full_disk_fails_the_file_and_keeps_nothing(shop: Shop) -> None:
    shop.write("people_large.csv", many(400_000) + b"bad\n")
    shop.write("people_small.csv", HEADER + b"1,Ann,Rome\n")
    with small_disk(shop, 20) as disk:
        result = shop.load("people_large.csv")
        assert result.state == "failed"
        assert "because it has no room left" in result.message
        assert shop.people() == [] and shop.quarantine() == []
        assert shop.manifest() == [("people_large.csv", "failed", 0, 0, 0)]
        # what has room is loaded, and once there is room all is
        with shop.admin() as connection:
            connection.execute("vacuum raw.shop_people")
        assert shop.load("people_small.csv").state == "loaded"
        subprocess.run(["mount", "-o", "remount,size=200m", disk], check=True)
        result = shop.load("people_large.csv")
        assert (result.rows_loaded, result.rows_quarantined) == (400_000, 1)


def test_a_file_that_is_still_being_written_waits(shop: Shop) -> None:
    path = shop.write("people.csv", HEADER + b"1,Ann,Rome\n")
    shop.write("people_done.csv", HEADER + b"3,Cy,Bonn\n")
    with path.open("ab") as writer:
        with pytest.raises(UserError, match=r"people\.csv is still being written"):
            ingest.load_landing(shop.settings)
        assert [row[0] for row in shop.people()] == ["3"]
        writer.write(b"2,Bo,Oslo\n")
    results = ingest.load_landing(shop.settings)
    assert [result.state for result in results] == ["loaded", "already_loaded"]
    assert [row[0] for row in shop.people()] == ["1", "2", "3"]


def test_a_writer_who_comes_during_the_load_kills_nobody(shop: Shop) -> None:
    path = shop.write("people.csv", many(200_000))
    with ThreadPoolExecutor(1) as pool:
        load = pool.submit(shop.load, "people.csv")
        while not load.done():
            with path.open("r+b"):
                time.sleep(0.001)
    assert load.result().state in ("loaded", "failed")


def test_a_file_that_can_not_be_read_is_said_in_one_line(shop: Shop) -> None:
    # even root can't read all of this
    (shop.landing / "people.csv").symlink_to("/proc/self/mem")
    shop.write("people_2.csv", HEADER + b"1,Ann,Rome\n")
    with pytest.raises(UserError, match=r"people\.csv cannot be read: \w+"):
        ingest.load_landing(shop.settings)
    assert len(shop.people()) == 1


def test_a_file_that_may_not_be_read_is_said_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(HEADER)
    path.chmod(0)
    with (
        as_nobody(),
        pytest.raises(UnloadableFile, match=r"cannot be read: Permission denied\."),
        Source(path, None),
    ):
        pass


@contextmanager
def as_nobody() -> Iterator[None]:
    """As root, who may read every file, be somebody else."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_ctrl_c_ends_all_loads_at_once(database: Settings) -> None:
    fill(database.landing_dir)
    ingest.create_declared_tables(database)
    shop = Shop(database)  # type: ignore[arg-type]
    with (
        gate(shop, row=60_000, table="raw.csv_customers"),
        gate(shop, row=60_000, table="raw.csv_transactions"),
    ):
        load = start_load(database, stderr=subprocess.PIPE)
        wait_for(lambda: waiting(shop) == 2)
        load.send_signal(signal.SIGINT)
        _, said = load.communicate(timeout=60)
    assert load.returncode == 130
    assert said.decode().split() == ["interrupted"]
    wait_for(lambda: not loaders(shop))
    assert assert_all_or_nothing(shop) == 1  # the one that was complete before
