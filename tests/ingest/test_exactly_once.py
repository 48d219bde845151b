"""The promises: once, all or nothing, nothing unaccounted for."""

from __future__ import annotations

import gzip
import os
import signal
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from customer360 import ingest, warehouse
from customer360.errors import UserError
from customer360.settings import Settings

from .loads import gate, many, remove_gates, start_load, wait_for, waiting
from .shop import Shop

HEADER = b"id,name,city\n"
ANN = HEADER + b"1,Ann,Rome\n"


def test_the_same_bytes_load_once_under_any_name_and_packed(shop: Shop) -> None:
    shop.write("people.csv", ANN)
    shop.write("people (1).csv", ANN)
    shop.write("people.csv.gz", gzip.compress(ANN))
    assert shop.load("people.csv").state == "loaded"
    for name in ("people.csv", "people (1).csv", "people.csv.gz"):
        result = shop.load(name)
        assert result.state == "already_loaded"
        assert result.rows_read == result.rows_loaded == 0
    assert "as people.csv in batch" in shop.load("people (1).csv").message
    assert len(shop.people()) == len(shop.manifest()) == 1


def test_the_same_name_with_new_bytes_is_a_new_version(shop: Shop) -> None:
    for content in (ANN, ANN + b"2,Bo,Oslo\n"):
        shop.write("people.csv", content)
        assert shop.load("people.csv").state == "loaded"
    assert shop.people() == [
        ("1", "Ann", "Rome"),
        ("1", "Ann", "Rome"),
        ("2", "Bo", "Oslo"),
    ]


def test_the_same_bytes_may_go_into_two_tables(shop: Shop) -> None:
    content = b"\xef\xbb\xbfid;name\n1;Ann\n"
    shop.write("latin.csv", content)
    shop.write("wide.csv", content)
    assert [shop.load(name).state for name in ("latin.csv", "wide.csv")] == [
        "loaded",
        "loaded",
    ]


def test_a_failed_file_loads_once_it_is_mended(shop: Shop) -> None:
    shop.write("people.csv", b"name\nAnn\n")
    assert shop.load("people.csv").state == "failed"
    assert shop.load("people.csv").state == "failed"
    shop.write("people.csv", ANN)
    assert shop.load("people.csv").state == "loaded"
    assert [state for _, state, *_ in shop.manifest()] == ["failed", "failed", "loaded"]


def test_overwrite_leaves_exactly_the_files_of_its_batch(shop: Shop) -> None:
    def bytes_of(*ids: int) -> bytes:
        return HEADER + b"".join(b"%d,x,y\n" % k for k in ids)

    def ids() -> list[str]:
        rows, loaded = (
            shop.people(),
            shop.query(
                "select sum(rows_loaded) from ops.load_manifest where state = 'loaded'"
            ),
        )
        assert loaded == [(len(rows),)]
        return [row[0] for row in rows]

    shop.write("people1.csv", bytes_of(1))
    shop.write("people2.csv", bytes_of(2, 3))
    ingest.load_landing(shop.settings)
    assert ids() == ["1", "2", "3"]

    # both are replaced by the same two files: nothing doubles, nothing is lost
    results = ingest.load_landing(shop.settings, mode="overwrite")
    assert [result.state for result in results] == ["loaded", "loaded"]
    assert ids() == ["1", "2", "3"]

    (shop.landing / "people1.csv").unlink()
    shop.write("people2.csv", bytes_of(4))
    [result] = ingest.load_landing(shop.settings, mode="overwrite")
    assert "replaced 3 rows" in result.message
    assert ids() == ["4"]

    # a task that is tried again, in the batch it began in
    batch_id = shop.query("select max(batch_id) from ops.load_manifest")[0][0]
    again = shop.load("people2.csv", mode="overwrite", batch_id=batch_id)
    assert again.state == "already_loaded"

    # what was replaced is not in the table: it may come back
    shop.write("people1.csv", bytes_of(1))
    ingest.load_landing(shop.settings)
    assert ids() == ["1", "4"]


def test_overwrite_by_a_file_that_fails_replaces_nothing(shop: Shop) -> None:
    shop.write("people.csv", ANN)
    shop.load("people.csv")
    shop.write("people.csv", b"name\nBo\n")
    assert shop.load("people.csv", mode="overwrite").state == "failed"
    assert shop.people() == [("1", "Ann", "Rome")]
    assert [state for _, state, *_ in shop.manifest()] == ["loaded", "failed"]


def test_overwrite_by_files_of_which_one_fails_replaces_nothing(shop: Shop) -> None:
    shop.write("people1.csv", ANN)
    shop.write("people2.csv", HEADER + b"2,Bo,Oslo\n")
    ingest.load_landing(shop.settings)
    before = shop.people()
    shop.write("people1.csv", HEADER + b"3,Cy,Bonn\n")
    shop.write("people2.csv", b"name\nBo\n")
    shop.write("latin.csv", b"id;name\n1;Ann\n")
    with pytest.raises(UserError, match="2 of 3 files failed") as failure:
        ingest.load_landing(shop.settings, mode="overwrite")
    assert "people1.csv was not loaded, because people2.csv failed" in str(
        failure.value
    )
    assert "people2.csv has no header" in str(failure.value)
    assert shop.people() == before
    # another table's files are nobody's hostages
    assert shop.query("select count(*) from raw.shop_latin") == [(1,)]

    shop.write("people2.csv", HEADER + b"4,Di,Bern\n")
    ingest.load_landing(shop.settings, mode="overwrite")
    assert [row[0] for row in shop.people()] == ["3", "4"]


def test_no_load_during_a_run_and_no_run_during_a_load(shop: Shop) -> None:
    shop.write("people.csv", many(2000))
    with warehouse.pipeline_lock(shop.settings):
        # within the run that has the database
        assert shop.load("people.csv").state == "loaded"
    shop.write("people.csv", many(2001))
    with another_run(shop), pytest.raises(UserError, match="Another run"):
        shop.load("people.csv")
    with ThreadPoolExecutor(1) as pool:
        with gate(shop, row=1500):
            slow = pool.submit(shop.load, "people.csv")
            wait_for(lambda: waiting(shop) == 1)
            with (
                pytest.raises(UserError, match="Another run"),
                warehouse.pipeline_lock(shop.settings),
            ):
                pass
        assert slow.result().state == "loaded"
    with warehouse.pipeline_lock(shop.settings):
        pass


@contextmanager
def another_run(shop: Shop) -> Iterator[None]:
    """While this lasts, the database belongs to a run that is none of ours."""
    with warehouse.pipeline_lock(shop.settings), pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if "LOCK" in name]:
            patch.delenv(name)
        yield


@pytest.mark.parametrize("modes", [("append", "append"), ("overwrite", "append")])
def test_two_loads_at_once_load_once(shop: Shop, modes: tuple[str, str]) -> None:
    shop.write("people_a.csv", many(2000))
    shop.write("people_b.csv", many(2000))
    with ThreadPoolExecutor(2) as pool:
        with gate(shop, row=1500):
            first: Future = pool.submit(shop.load, "people_a.csv", mode=modes[0])
            wait_for(lambda: waiting(shop) == 1)
            second = pool.submit(shop.load, "people_b.csv", mode=modes[1])
            wait_for(lambda: waiting(shop) == 2)
            assert shop.people() == []
        states = first.result().state, second.result().state
    assert states == ("loaded", "already_loaded")
    assert len(shop.people()) == 2000


@pytest.mark.parametrize("is_first", [True, False])
def test_of_two_overwrites_at_once_the_one_begun_last_is_kept(
    shop: Shop, is_first: bool
) -> None:
    shop.write("people.csv", ANN)
    shop.load("people.csv")
    shop.write("people_a.csv", many(2000))
    shop.write("people_b.csv", many(2001))
    batches = {name: ingest.new_batch(shop.settings) for name in ("a", "b")}

    def load(name: str) -> ingest.LoadResult:
        return shop.load(f"people_{name}.csv", mode="overwrite", batch_id=batches[name])

    order = ("a", "b") if is_first else ("b", "a")
    with ThreadPoolExecutor(2) as pool:
        with gate(shop, row=1500):
            loads = {order[0]: pool.submit(load, order[0])}
            wait_for(lambda: waiting(shop) == 1)
            loads[order[1]] = pool.submit(load, order[1])
            wait_for(lambda: waiting(shop) == 2)
        results = {name: future.result() for name, future in loads.items()}
    assert shop.query("select _batch_id, count(*) from raw.shop_people group by 1") == [
        (batches["b"], 2001)
    ]
    assert results["b"].state == "loaded"
    if is_first:
        assert results["a"].state == "loaded"
    else:
        assert results["a"].message == (
            f"was not loaded: batch {batches['b']}, begun later, has replaced the "
            "table."
        )
    # what came by another batch meanwhile is not loaded a second time
    assert shop.load(
        "people_b.csv", mode="overwrite", batch_id=batches["a"]
    ).message == (f"the same content was loaded in batch {batches['b']}")


def test_other_files_of_a_table_load_meanwhile(shop: Shop) -> None:
    shop.write("people_a.csv", many(2000))
    shop.write("people_b.csv", ANN)
    with ThreadPoolExecutor(1) as pool:
        with gate(shop, row=1500):
            slow = pool.submit(shop.load, "people_a.csv")
            wait_for(lambda: waiting(shop) == 1)
            assert shop.load("people_b.csv").state == "loaded"
        assert slow.result().state == "loaded"
    assert len(shop.people()) == 2001


def test_whole_processes_at_once_load_once(database: Settings) -> None:
    database.landing_dir.mkdir()
    rows = "".join(f"{k},A,B,a{k}@x.org,,,,,2024-01-01\n" for k in range(5000))
    text = (
        "customer_id,first_name,last_name,email,phone,address,city,country,created_at\n"
    )
    for name in ("csv_customers_1.csv", "csv_customers_2.csv"):
        (database.landing_dir / name).write_text(text + rows)
    loads = [start_load(database) for _ in range(3)]
    assert [load.wait() for load in loads] == [0, 0, 0]
    with warehouse.connect(database, "admin") as connection:
        for table in ("raw.csv_customers", "ops.load_manifest"):
            expected = 5000 if table.startswith("raw") else 1
            count = connection.execute(f"select count(*) from {table}").fetchone()
            assert count == (expected,)


def test_killed_in_the_middle_leaves_nothing_and_then_loads(database: Settings) -> None:
    database.landing_dir.mkdir()
    ingest.create_declared_tables(database)
    (database.landing_dir / "csv_customers.csv").write_text(
        "customer_id,first_name\nragged\n"
        + "".join(f"{k},some name\n" for k in range(200_000))
    )
    # rejected records by the thousand: some COPYs are complete when it dies
    with (database.landing_dir / "csv_customers.csv").open("a") as file:
        file.write("ragged\n" * 30_000)
        file.write("".join(f"{k},some name\n" for k in range(200_000, 300_000)))
    shop = Shop(database)  # type: ignore[arg-type]
    with gate(shop, row=235_000, table="raw.csv_customers"):
        load = start_load(database)
        wait_for(lambda: waiting(shop) == 1)
        load.send_signal(signal.SIGKILL)
        load.wait()
        # its backend notices and gives up, while the gate is still closed
        wait_for(lambda: waiting(shop) == 0)
    for table in ("raw.csv_customers", "ops.load_manifest", "ops.quarantine"):
        assert shop.query(f"select count(*) from {table}") == [(0,)]
    remove_gates(shop)

    [result] = ingest.load_landing(database)
    assert result.rows_loaded == 300_000 and result.rows_quarantined == 30_001
    assert shop.query("select count(*) from raw.csv_customers") == [(300_000,)]
    assert shop.query("select count(*) from ops.quarantine") == [(30_001,)]


@pytest.mark.parametrize("change", ["longer", "same size and time", "shorter"])
def test_a_file_that_changes_while_it_is_read_fails(shop: Shop, change: str) -> None:
    content = many(700_000)  # more than is read ahead
    path = shop.write("people.csv", content)
    status = path.stat()
    with ThreadPoolExecutor(1) as pool:
        with gate(shop, row=1000):
            load = pool.submit(shop.load, "people.csv")
            wait_for(lambda: waiting(shop) == 1)
            with path.open("r+b") as file:
                if change == "shorter":
                    file.truncate(len(content) - 1000)
                else:
                    file.seek(-2 if change == "same size and time" else 0, os.SEEK_END)
                    file.write(b"Z")
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        result = load.result()
    assert result.state == "failed" and "changed while" in result.message
    assert shop.people() == []
    assert shop.load("people.csv").state == "loaded"


def test_rows_that_the_database_drops_fail_the_file(shop: Shop) -> None:
    with shop.admin() as connection:
        connection.execute(
            "create function pick() returns trigger language plpgsql as "
            "$$ begin return case when new._row_number <> 2 then new end; end $$"
        )
        connection.execute(
            "create trigger pick before insert on raw.shop_people "
            "for each row execute function pick()"
        )
    shop.write("people.csv", ANN + b"2,Bo,Oslo\n3\n")
    result = shop.load("people.csv")
    assert result.state == "failed"
    assert "3 records, but 1 were loaded and 1 set aside" in result.message
    assert shop.people() == [] and shop.quarantine() == []
    assert shop.manifest() == [("people.csv", "failed", 0, 0, 0)]


def test_a_refusal_never_tells_what_was_in_the_row(shop: Shop) -> None:
    with shop.admin() as connection:
        connection.execute(
            "alter table raw.shop_people add check (name <> 'Secret Name')"
        )
    shop.write("people.csv", ANN + b"2,Secret Name,Oslo\n")
    result = shop.load("people.csv")
    assert result.state == "failed" and "23514" in result.message
    assert "Secret" not in result.message
    assert shop.people() == []


def test_a_database_that_goes_away_is_said_in_one_line(shop: Shop) -> None:
    shop.write("people.csv", many(5000))
    with ThreadPoolExecutor(1) as pool, gate(shop, row=1500):
        load = pool.submit(shop.load, "people.csv")
        wait_for(lambda: waiting(shop) == 1)
        shop.query(
            "select pg_terminate_backend(pid) from pg_locks where not granted "
            "and locktype = 'advisory'"
        )
        with pytest.raises(UserError, match=r"went away while people\.csv"):
            load.result()
    assert shop.people() == [] and shop.manifest() == []


def test_rejected_records_are_written_in_turns_with_good_ones(shop: Shop) -> None:
    bad, good = b"x,y,z,too many fields\n", b"1,some name,some city\n"
    stretch = bad * 25_000 + good * 200_000  # beyond a block, and what may wait
    shop.write("people.csv", HEADER + stretch * 2)
    result = shop.load("people.csv")
    assert (result.rows_loaded, result.rows_quarantined) == (400_000, 50_000)
    assert shop.query(
        "select count(distinct row_number), min(line_number), max(line_number), "
        "min(row_number), max(row_number) from ops.quarantine"
    ) == [(50_000, 2, 250_001, 1, 250_000)]
    assert shop.query(
        "select count(distinct _row_number), min(_row_number), max(_row_number) "
        "from raw.shop_people"
    ) == [(400_000, 25_001, 450_000)]


def test_the_loader_does_its_work_on_postgresql_15(postgres15: Settings) -> None:
    warehouse.ensure_ready(postgres15)
    ingest.create_declared_tables(postgres15)
    postgres15.landing_dir.mkdir(exist_ok=True)
    path: Path = postgres15.landing_dir / "csv_customers_15.csv"
    path.write_bytes(
        b"customer_id,first_name,city\n"
        b'1,"a\n\\.\nb",\n2,\\.,""\n\\.,Dwayne "Rock" J,x\n3\n4,"x\n'
    )
    [result] = ingest.load_landing(postgres15)
    assert (result.rows_loaded, result.rows_quarantined) == (3, 2)
    with warehouse.connect(postgres15, "transformer") as connection:
        assert connection.execute(
            "select customer_id, first_name, city from raw.csv_customers order by 1"
        ).fetchall() == [
            ("1", "a\n\\.\nb", None),
            ("2", "\\.", ""),
            ("\\.", 'Dwayne "Rock" J', "x"),
        ]
    [again] = ingest.load_landing(postgres15, mode="overwrite")
    assert again.state == "loaded"


def test_loading_needs_no_more_than_the_loader_may(shop: Shop) -> None:
    shop.write("people.csv", ANN)
    shop.load("people.csv")
    owner = shop.query(
        "select tableowner from pg_tables where tablename = 'shop_people'"
    )
    assert owner == [("c360_loader",)]
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        warehouse.connect(shop.settings, "reporter") as connection,
    ):
        connection.execute("select * from raw.shop_people")
