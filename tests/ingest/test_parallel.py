"""Several files at the same time, and what a person sees of it."""

from __future__ import annotations

import io
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from rich.console import Console

from customer360 import ingest, warehouse
from customer360.errors import UserError
from customer360.ingest.ahead import made_ahead

from .loads import gate, many, wait_for, waiting
from .shop import Shop

HEADER = b"id,name,city\n"


def test_a_file_that_takes_long_keeps_no_other_waiting(shop: Shop) -> None:
    shop.write("people_1.csv", many(2000))
    for k in range(2, 9):
        shop.write(f"people_{k}.csv", HEADER + b"%d,Ann,Rome\n" % k)
    shop.write("wide.csv", "id,name\n1,Ann\n".encode("utf-16"))
    with ThreadPoolExecutor(1) as pool:
        with gate(shop, row=1500):
            load = pool.submit(ingest.load_landing, shop.settings)
            # with one worker, none of those after the first would be loaded
            wait_for(lambda: len(shop.manifest()) == 8)
            assert waiting(shop) == 1
        results = load.result()
    # told in the order of their names, whichever was done first
    assert [result.source_file for result in results] == [
        *(f"people_{k}.csv" for k in range(1, 9)),
        "wide.csv",
    ]
    assert {result.state for result in results} == {"loaded"}
    assert len(shop.query("select distinct batch_id from ops.load_manifest")) == 1


def test_the_same_content_at_the_same_time_loads_once(shop: Shop) -> None:
    for k in range(6):
        shop.write(f"people_{k}.csv", many(5000))
    results = ingest.load_landing(shop.settings)
    states = sorted(result.state for result in results)
    assert states == ["already_loaded"] * 5 + ["loaded"]
    assert len(shop.people()) == 5000


def test_overwriting_several_tables_at_once(shop: Shop) -> None:
    for k in range(3):
        shop.write(f"people_{k}.csv", HEADER + b"%d,Ann,Rome\n" % k)
    shop.write("people.json", '{"id":7}')
    shop.write("latin.csv", "id;name\n1;Zoë\n".encode("latin-1"))
    for _ in range(3):
        results = ingest.load_landing(shop.settings, mode="overwrite")
        assert [result.state for result in results] == ["loaded"] * 5
    assert [row[0] for row in shop.people()] == ["0", "1", "2", "7"]
    assert shop.query("select name from raw.shop_latin") == [("Zoë",)]


def test_what_ends_one_load_ends_all(shop: Shop) -> None:
    for k in range(20):
        shop.write(f"people_{k}.csv", HEADER + b"%d,Ann,Rome\n" % k)
    with shop.admin() as connection:
        connection.execute("drop table raw.shop_people")
    ingest.create_declared_tables(shop.settings)
    with (
        shop.admin() as connection,
        gate(shop, row=1),
        ThreadPoolExecutor(1) as pool,
    ):
        load = pool.submit(ingest.load_landing, shop.settings)
        wait_for(lambda: waiting(shop) == 2)
        connection.execute(
            "select pg_terminate_backend(pid) from pg_locks "
            "where locktype = 'advisory' and not granted"
        )
        with pytest.raises(UserError, match="went away while"):
            load.result()
    assert shop.people() == [] and shop.manifest() == []
    with warehouse.connect(shop.settings, "admin") as connection:
        [(others,)] = connection.execute(
            "select count(*) from pg_stat_activity where usename = 'c360_loader' "
            "and datname = current_database()"
        ).fetchall()
    assert others == 0


def test_a_bar_for_each_file_on_a_terminal_and_none_elsewhere(shop: Shop) -> None:
    shop.write("people.csv", many(300_000))
    shop.write("people [b].csv", many(300_001))
    shown = io.StringIO()
    console = Console(file=shown, force_terminal=True, width=100)
    ingest.load_landing(shop.settings, console=console)
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown.getvalue())
    for name in ("people.csv", "people [b].csv"):
        assert re.search(rf"{re.escape(name)} \([12]/2\) +━+.*/\d\.\d MB", text)

    shop.write("people_2.csv", many(10))
    shown = io.StringIO()
    ingest.load_landing(shop.settings, console=Console(file=shown, width=100))
    assert " MB" not in shown.getvalue()


def test_what_is_made_ahead_is_the_same_and_stops_with_its_user() -> None:
    made = []

    def things(fails: bool = False):
        for k in range(10):
            made.append(k)
            yield k
        if fails:
            raise ValueError("at the end")

    with made_ahead(things()) as ahead:
        assert list(ahead) == list(range(10))
    made.clear()
    with made_ahead(things()) as ahead:
        assert next(ahead) == 0
    assert len(made) <= 4
    with (
        made_ahead(things(fails=True)) as ahead,
        pytest.raises(ValueError, match="end"),
    ):
        list(ahead)
    with made_ahead([]) as ahead:
        assert list(ahead) == []
