"""Readers who ask all the time, while things are published, altered and killed."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from customer360 import warehouse
from customer360.errors import UserError
from customer360.publish import publish, transaction

VERSIONS = """
    select
        (select publication_id from published.publication) as publication_id,
        (select run_id from published.publication) as run_id,
        (select array_agg(distinct version) from published.customer_360),
        (select array_agg(distinct version) from published.fct_transactions),
        (select array_agg(distinct version) from published.segment_summary),
        (select count(*) from published.customer_360),
        (select count(*) from published.fct_transactions),
        (select count(*) from published.segment_summary)
"""
ONE_BY_ONE = (
    "select publication_id, run_id from published.publication",
    "select array_agg(distinct version) from published.customer_360",
    "select array_agg(distinct version) from published.fct_transactions",
    "select array_agg(distinct version) from published.segment_summary",
    "select count(*) from published.customer_360",
    "select count(*) from published.fct_transactions",
    "select count(*) from published.segment_summary",
)


class Readers:
    """Four readers: two ask by one query, two by many in one transaction."""

    def __init__(self, shop) -> None:
        self.shop = shop
        self.seen: list[tuple] = []
        self.errors: list[BaseException] = []
        self._stop = threading.Event()

    def __enter__(self) -> Readers:
        self._threads = [
            threading.Thread(target=self._read, args=(number,)) for number in range(4)
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def check(self, customers: int = 6) -> set[int]:
        """Every answer must be of one publication; returns the versions seen."""
        assert not self.errors
        runs: dict[int, tuple] = {}
        for publication_id, run_id, *versions, people, facts, segments in self.seen:
            assert versions[0] == versions[1] == versions[2]
            assert len(versions[0]) == 1
            assert (people, facts, segments) == (customers, 3, 4)
            run = (run_id, versions[0][0])
            assert runs.setdefault(publication_id, run) == run
        return {version for _, version in runs.values()}

    def _read(self, number: int) -> None:
        try:
            with warehouse.connect(
                self.shop.settings, "reporter", autocommit=True
            ) as connection:
                if number >= 2:
                    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
                while not self._stop.is_set():
                    self.seen.append(
                        _at_once(connection) if number < 2 else _one_by_one(connection)
                    )
        except BaseException as error:
            self.errors.append(error)


def _at_once(connection: psycopg.Connection) -> tuple:
    [row] = connection.execute(VERSIONS).fetchall()
    return row


def _one_by_one(connection: psycopg.Connection) -> tuple:
    found: list[object] = []
    with connection.transaction():
        for query in ONE_BY_ONE:
            [row] = connection.execute(query).fetchall()
            found.extend(row)
            time.sleep(0.002)
    return tuple(found)


def build(shop, version: int) -> None:
    """Leave marts as a build of that version would."""
    for mart in ("customer_360", "fct_transactions", "segment_summary"):
        shop.execute(f"update marts.{mart} set version = {version}")


def test_readers_see_one_whole_run_at_any_moment(shop):
    publish(shop.settings)
    with Readers(shop) as readers:
        for version in range(2, 22):
            build(shop, version)
            assert publish(shop.settings).updated == 13
    assert readers.check() >= {1, 21}
    assert len(readers.check()) > 10


def test_all_that_a_publication_writes_is_of_one_transaction(shop):
    """Between two, readers would see a mixture, if only for a millisecond."""
    publish(shop.settings)
    build(shop, 2)
    publish(shop.settings)

    rows = " union all ".join(
        f"select xmin from published.{table}"
        for table in (
            *("customer_360", "fct_transactions", "segment_summary"),
            *("publication", "publication_tables"),
        )
    )
    newest = "select xmin from ops.publications order by publication_id desc limit 1"
    assert shop.rows(
        f"select distinct xmin::text = ({newest})::text from ({rows}) as rows",
        role="publisher",
    ) == [(True,)]


def test_readers_see_one_whole_run_while_columns_come_and_go(shop):
    publish(shop.settings)
    path = shop.target / "manifest.json"
    manifests = [path.read_text()]
    changed = json.loads(manifests[0])
    for mart in ("customer_360", "segment_summary"):
        columns = changed["nodes"][f"model.shop.{mart}"]["columns"]
        columns["extra"] = {"name": "extra", "description": "New."}
    manifests.append(json.dumps(changed))

    with Readers(shop) as readers:
        for version in range(2, 14):
            extra = version % 2
            for mart in ("customer_360", "segment_summary"):
                shop.execute(
                    f"alter table marts.{mart} "
                    + (
                        "add extra text default 'x'"
                        if extra
                        else "drop if exists extra"
                    )
                )
            shop.execute(
                "alter table marts.customer_360 alter spent type "
                + ("double precision" if extra else "numeric(12,2)")
            )
            path.write_text(manifests[extra])
            build(shop, version)
            assert publish(shop.settings).updated == 13
    assert readers.check() >= {1, 13}


def test_a_transaction_that_was_open_keeps_its_rows_through_any_change(shop):
    publish(shop.settings)
    with warehouse.connect(shop.settings, "reporter") as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        before = connection.execute("select * from published.publication").fetchall()
        shop.execute("alter table marts.customer_360 alter spent type text")
        build(shop, 2)
        path = shop.target / "manifest.json"
        manifest = json.loads(path.read_text())
        key = manifest["nodes"]["model.shop.segment_summary"]["constraints"][0]
        key["columns"] = ["year", "segment"]
        path.write_text(json.dumps(manifest))

        publish(shop.settings)

        for query, rows in (
            ("select * from published.publication", before),
            ("select version from published.customer_360", [(1,)] * 6),
            ("select version from published.fct_transactions", [(1,)] * 3),
            ("select version from published.segment_summary", [(1,)] * 4),
        ):
            assert connection.execute(query).fetchall() == rows


def altered(shop) -> None:
    for mart in ("customer_360", "segment_summary"):
        shop.execute(f"alter table marts.{mart} alter version type bigint")


def test_columns_change_between_readers_that_would_look_like_a_deadlock(shop):
    publish(shop.settings)
    altered(shop)
    build(shop, 2)
    with (
        warehouse.connect(shop.settings, "reporter") as reader,
        ThreadPoolExecutor() as pool,
    ):
        reader.execute("select from published.segment_summary")
        publishing = pool.submit(publish, shop.settings)
        # longer than PostgreSQL waits before it looks for deadlocks
        deadline = time.monotonic() + 3
        while time.monotonic() < deadline:
            assert len(reader.execute(VERSIONS).fetchall()) == 1
        assert not publishing.done()
        reader.commit()
        assert publishing.result(timeout=30).updated == 13


def test_a_reader_who_never_leaves_is_named_as_the_reason(shop, monkeypatch):
    monkeypatch.setattr(transaction, "_READER_PATIENCE", 1.0)
    publish(shop.settings)
    altered(shop)
    with warehouse.connect(shop.settings, "reporter") as reader:
        reader.execute("select from published.segment_summary")
        with pytest.raises(UserError, match=r"published\.segment_summary.* reading"):
            publish(shop.settings)
        assert reader.execute("select version from published.customer_360").fetchall()


def test_a_mart_that_dbt_swaps_while_publish_waits_is_read_whole(shop):
    """Its snapshot must not be older than the table it then reads."""
    publish(shop.settings)
    with (
        warehouse.connect(shop.settings, "transformer") as dbt,
        ThreadPoolExecutor() as pool,
    ):
        dbt.execute(
            "create table marts.next as table marts.customer_360; "
            "update marts.next set version = 2; "
            "alter table marts.customer_360 rename to previous; "
            "alter table marts.next rename to customer_360"
        )
        publishing = pool.submit(publish, shop.settings)
        waiting = (
            "select exists (select from pg_stat_activity where "
            "application_name = 'customer360 publish' and wait_event_type = 'Lock')"
        )
        while shop.rows(waiting, role="admin") != [(True,)]:
            assert not publishing.done()
        dbt.commit()
        assert publishing.result(timeout=30).updated == 6
    assert shop.rows("select distinct version from published.customer_360") == [(2,)]


# ---- killed in the middle ------------------------------------------------


CUSTOMERS = 60_006


@contextlib.contextmanager
def publisher(shop) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that publishes."""
    environment = os.environ | {
        "C360_HOME": str(shop.settings.home),
        "C360_DATABASE_URL": shop.settings.database_url,
        "DBT_TARGET_PATH": str(shop.target),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "customer360.cli", "publish"],
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(shop, process: subprocess.Popen[bytes], statement: str) -> None:
    """Wait until publishing is at a statement that begins so."""
    query = (
        "select exists (select from pg_stat_activity "
        "where application_name = 'customer360 publish' and state = 'active' "
        "and ltrim(query, E' \\n') like %s)"
    )
    with warehouse.connect(shop.settings, "admin", autocommit=True) as connection:
        while True:
            [(there,)] = connection.execute(query, (statement + "%",)).fetchall()
            if there:
                return
            assert process.poll() is None, f"it ended before {statement}"


@pytest.fixture
def large_shop(shop) -> object:
    shop.execute(
        "insert into marts.customer_360 (customer_key, name, version, as_of_date) "
        "select md5('x' || n), 'Customer ' || n, 1, '2026-06-30' "
        "from generate_series(1, 60000) as series (n)"
    )
    publish(shop.settings)
    return shop


def test_killed_at_any_step_it_leaves_the_last_run_and_no_trace(large_shop):
    shop = large_shop
    before = shop.rows("select * from published.publication")
    build(shop, 2)
    steps: list[Callable[[subprocess.Popen[bytes]], None]] = [
        lambda process: wait_for(shop, process, "create temporary table changes"),
        lambda process: wait_for(shop, process, 'update "published"."customer_360"'),
        lambda process: wait_for(shop, process, "select count(*), bit_xor"),
    ]
    with Readers(shop) as readers:
        for step in steps:
            with publisher(shop) as process:
                step(process)
                process.send_signal(signal.SIGKILL)
            assert shop.rows("select * from published.publication") == before
    assert readers.check(CUSTOMERS) == {1}

    # the server may still be busy with what the dead one asked for
    publication = publish(shop.settings)

    assert publication.updated == CUSTOMERS + 7
    assert shop.rows("select count(*) from ops.publications", role="publisher") == [
        (2,)
    ]
    assert shop.rows("select distinct version from published.customer_360") == [(2,)]
