"""The server that the product runs itself: made, started, used and stopped."""

from __future__ import annotations

import os

import psycopg
import pytest

from customer360 import warehouse
from customer360.errors import UserError
from customer360.settings import Settings

from .embedded import NewHome, embedded, mode, screen, shown, value


def test_life_of_a_server(new_home: NewHome) -> None:
    settings = new_home()
    console = screen()

    warehouse.ensure_ready(settings, console)
    assert "Creating a PostgreSQL database" in shown(console)
    pid = embedded(settings).pid()
    warehouse.ensure_ready(settings, console)
    assert embedded(settings).pid() == pid, "ready is ready: nothing was restarted"

    with warehouse.connect(settings, "loader") as connection:
        connection.execute("create table raw.kept (word text)")
        connection.execute("insert into raw.kept values ('Zoë')")
    warehouse.stop(settings, console)
    assert not embedded(settings).is_running()
    assert "PostgreSQL stopped." in shown(console)
    with pytest.raises(UserError, match="customer360 db start"):
        warehouse.connect(settings, "loader")

    warehouse.ensure_ready(settings)
    assert value(settings, "select lower(word) from raw.kept", "transformer") == "zoë"
    warehouse.stop(settings)
    warehouse.stop(settings, console)
    assert "PostgreSQL was not up." in shown(console)


def test_server_has_the_promised_settings(server: Settings) -> None:
    def setting(name: str) -> object:
        return value(server, f"select current_setting('{name}')")

    assert value(server, "select count(*) from pg_file_settings where error > ''") == 0
    assert setting("data_checksums") == "on"
    assert setting("server_encoding") == "UTF8"
    assert setting("TimeZone") == "UTC"
    assert setting("listen_addresses") == "127.0.0.1"
    assert setting("client_connection_check_interval") == "2s"
    assert value(server, "select lower('ÉÀÑ') || upper('ß')") == "éàñß"
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    buffers = value(
        server,
        "select setting::bigint * 8192 from pg_settings where name = 'shared_buffers'",
    )
    assert isinstance(buffers, int)
    assert 128 * 1024**2 <= buffers <= max(memory / 8, 128 * 1024**2)
    # an accented letter is a letter, so similar names stay similar
    assert value(server, "select similarity('müller', 'muller') > 0.3") is True


def test_parallel_queries_have_the_memory_they_need(database: Settings) -> None:
    # 64 MB in /dev/shm, as in a container, were not enough for this join
    with warehouse.connect(database, "admin") as connection:
        connection.execute("set local work_mem = '1GB'")
        connection.execute("set local debug_parallel_query = on")
        connection.execute("set local min_parallel_table_scan_size = 0")
        connection.execute("set local parallel_setup_cost = 0")
        connection.execute("set local parallel_tuple_cost = 0")
        connection.execute(
            "create table big as select g as id, repeat('x', 200) as t "
            "from generate_series(1, 200000) as g"
        )
        connection.execute("analyze big")
        row = connection.execute(
            "select count(*) from big as a inner join big as b using (id) "
            "where a.t = b.t"
        ).fetchone()
    assert row == (200_000,)


def test_only_its_owner_reaches_the_server(server: Settings) -> None:
    found = embedded(server)
    address = found.address()
    assert address
    assert mode(found.data) == 0o700
    assert mode(address.socket_dir) == 0o700
    assert mode(found.passwords_file) == 0o600
    assert mode(found.log) == 0o600
    assert mode(found.folder) & 0o044 == 0, "others cannot look around"

    def by_network(user: str, password: str) -> psycopg.Connection:
        return psycopg.connect(
            host="127.0.0.1",
            port=address.port,
            user=user,
            password=password,
            dbname="customer360",
            connect_timeout=5,
        )

    passwords = found.passwords()
    assert len(set(passwords.values())) == 4
    for user, password in passwords.items():
        with by_network(user, password) as connection:
            row = connection.execute("select current_user").fetchone()
            assert row == (user,)
        with pytest.raises(psycopg.OperationalError, match="authentication failed"):
            by_network(user, password + "x")
    # the superuser has no password, so there is none to guess
    with pytest.raises(psycopg.OperationalError, match="authentication failed"):
        by_network("postgres", "postgres")

    with warehouse.connect(server, "admin") as connection:
        stored = connection.execute(
            "select rolpassword from pg_authid where rolname like 'c360_%'"
        ).fetchall()
    assert all(row[0].startswith("SCRAM-SHA-256$") for row in stored)


def test_log_holds_no_data(database: Settings) -> None:
    log = embedded(database).log
    with warehouse.connect(database, "loader", autocommit=True) as connection:
        connection.execute("create table raw.people (email text primary key, age int)")
        connection.execute("insert into raw.people values ('ann@private.example', 1)")
        for statement in (
            "insert into raw.people values ('ann@private.example', 1)",
            "insert into raw.people values ('x', 'secret-age'::int)",
            "select 'ann@private.example' from nowhere",
        ):
            with pytest.raises(psycopg.Error):
                connection.execute(statement)
    text = log.read_text()
    assert "private.example" not in text
    assert "secret-age" not in text


def test_lost_passwords_are_made_anew(breakable: Settings) -> None:
    settings = breakable
    server = embedded(settings)
    before = server.passwords()
    server.passwords_file.unlink()
    warehouse.ensure_ready(settings)
    after = server.passwords()
    assert set(before) == set(after)
    assert not set(before.values()) & set(after.values())
    address = server.address()
    assert address
    psycopg.connect(
        host="127.0.0.1",
        port=address.port,
        user="c360_reporter",
        password=after["c360_reporter"],
        dbname="customer360",
    ).close()
