"""Each role can do its work, and nothing else."""

from __future__ import annotations

import psycopg
import pytest

from customer360 import warehouse
from customer360.settings import Settings

DENIED = psycopg.errors.InsufficientPrivilege

CAN = [
    ("loader", "create table raw.again (a text)"),
    ("loader", "truncate raw.people"),
    ("loader", "create temporary table scratch (a int)"),
    ("loader", "select nextval('ops.batch_id')"),
    ("loader", "select nextval('ops.fetched_file_id')"),
    ("loader", "delete from ops.fetched_files"),
    (
        "loader",
        "insert into ops.load_manifest "
        "(batch_id, source_file, table_name, size_bytes, sha256, state) "
        "values (1, 'b.csv', 'people', 1, 'b', 'loaded')",
    ),
    (
        "loader",
        "insert into ops.quarantine "
        "(file_id, batch_id, source_file, table_name, reason) "
        "select file_id, batch_id, source_file, table_name, 'ragged' "
        "from ops.load_manifest",
    ),
    ("transformer", "select * from raw.people"),
    ("transformer", "select * from ops.load_manifest"),
    ("transformer", "select table_name, reason from ops.quarantine"),
    ("transformer", "create view staging.stg_people as select * from raw.people"),
    ("transformer", "create table intermediate.int_people (a int)"),
    ("transformer", "create table seeds.seed (a int)"),
    ("transformer", "create table snapshots.snapshot (a int)"),
    ("transformer", "create schema dbt_ann"),
    ("transformer", "create temporary table scratch (a int)"),
    ("transformer", "insert into ops.dbt_invocations (invocation_id) values ('a')"),
    (
        "transformer",
        "select unaccent('é'), similarity('a', 'b'), levenshtein('a', 'b')",
    ),
    ("transformer", "select ops.take_back()"),
    ("publisher", "select * from marts.mart"),
    ("publisher", "select * from ops.dbt_results"),
    ("publisher", "select ops.settle()"),
    ("publisher", "create table published.again (a int)"),
    ("publisher", "create temporary table scratch (a int)"),
    (
        "publisher",
        "insert into ops.publications "
        "(run_id, tables, rows_inserted, rows_updated, rows_deleted) "
        "values ('a', 1, 1, 1, 1)",
    ),
    ("reporter", "select * from published.mart"),
]

CANNOT = [
    ("loader", "select * from marts.mart"),
    ("loader", "select * from published.mart"),
    ("loader", "create table marts.mine (a int)"),
    ("loader", "create schema mine"),
    ("loader", "create table public.mine (a int)"),
    ("loader", "insert into ops.dbt_invocations (invocation_id) values ('a')"),
    ("loader", "update ops.setup set sql_sha256 = ''"),
    ("transformer", "insert into raw.people values ('x')"),
    ("transformer", "delete from raw.people"),
    ("transformer", "create table raw.mine (a int)"),
    ("transformer", "delete from ops.load_manifest"),
    ("transformer", "delete from ops.fetched_files"),
    ("transformer", "delete from ops.quarantine"),
    ("transformer", "select raw_record from ops.quarantine"),
    ("transformer", "select * from published.mart"),
    ("transformer", "create table published.mine (a int)"),
    ("transformer", "create table ops.mine (a int)"),
    ("transformer", "select ops.settle()"),
    ("transformer", "update ops.settlement set taken_back_at = null"),
    ("publisher", "select * from raw.people"),
    ("publisher", "select raw_record from ops.quarantine"),
    ("publisher", "insert into marts.mart values (1)"),
    ("publisher", "drop table marts.mart"),
    ("publisher", "update ops.dbt_results set status = 'success'"),
    ("publisher", "delete from ops.publications"),
    ("publisher", "select ops.take_back()"),
    ("publisher", "create schema mine"),
    ("reporter", "select * from raw.people"),
    ("reporter", "select * from marts.mart"),
    ("reporter", "select * from ops.quarantine"),
    ("reporter", "select * from ops.publications"),
    ("reporter", "insert into published.mart values (1)"),
    ("reporter", "create table published.mine (a int)"),
    ("reporter", "create table public.mine (a int)"),
    ("reporter", "create temporary table scratch (a int)"),
    ("reporter", "create schema mine"),
    ("reporter", "select public_only_for_dbt()"),
    ("reporter", "set role c360_publisher"),
    ("reporter", "copy (select 1) to program 'true'"),
    ("reporter", "select pg_read_file('/etc/hostname')"),
]


@pytest.fixture
def filled(database: Settings) -> Settings:
    return fill(database)


@pytest.fixture(scope="module")
def filled15(postgres15: Settings) -> Settings:
    warehouse.ensure_ready(postgres15)
    return fill(postgres15)


def fill(settings: Settings) -> Settings:
    """Have each role make something of its own."""
    for role, statement in (
        ("loader", "create table raw.people (name text)"),
        ("transformer", "create table marts.mart (a int)"),
        ("transformer", "create schema functions"),
        (
            "transformer",
            "create function functions.f() returns int language sql return 1",
        ),
        ("publisher", "create table published.mart (a int)"),
    ):
        with warehouse.connect(settings, role) as connection:
            connection.execute(statement)
    with warehouse.connect(settings, "admin") as connection:
        connection.execute("grant usage on schema functions to c360_reporter")
        connection.execute("alter function functions.f() set schema public")
        connection.execute("alter function f() rename to public_only_for_dbt")
    return settings


@pytest.mark.parametrize("settings", ["filled", "filled15"])
def test_roles(settings: str, request: pytest.FixtureRequest) -> None:
    database = request.getfixturevalue(settings)
    failures = []
    for role, statement in CAN:
        with warehouse.connect(database, role) as connection:
            try:
                connection.execute(statement)
            except psycopg.Error as error:
                failures.append(f"{role} could not {statement}: {error}")
            connection.rollback()
    for role, statement in CANNOT:
        if settings == "filled15" and statement.startswith("set role"):
            # there one logs in as the URL's user, who may take on any of the roles
            continue
        with warehouse.connect(database, role) as connection:
            try:
                connection.execute(statement)
            except DENIED:
                pass
            else:
                failures.append(f"{role} could {statement}")
            connection.rollback()
    assert not failures, "\n".join(failures)


def test_grants_outlive_a_rebuild(filled: Settings) -> None:
    """What dbt does to every table of every run."""
    with warehouse.connect(filled, "transformer") as connection:
        connection.execute("create table marts.mart__dbt_tmp (a int)")
        connection.execute("alter table marts.mart rename to mart__dbt_backup")
        connection.execute("alter table marts.mart__dbt_tmp rename to mart")
        connection.execute("drop table marts.mart__dbt_backup cascade")
    with warehouse.connect(filled, "publisher") as connection:
        connection.execute("select * from marts.mart")
        connection.execute("drop table published.mart")
        connection.execute("create table published.mart (a int, b int)")
    with warehouse.connect(filled, "reporter") as connection:
        connection.execute("select b from published.mart")


def test_same_bytes_load_once(database: Settings) -> None:
    insert = (
        "insert into ops.load_manifest "
        "(batch_id, source_file, table_name, size_bytes, sha256, state) "
        "values (1, %s, %s, 1, 'same', %s)"
    )
    with warehouse.connect(database, "loader", autocommit=True) as connection:
        connection.execute(insert, ("a.csv", "people", "failed"))
        connection.execute(insert, ("a.csv", "people", "loaded"))
        connection.execute(insert, ("a.csv", "orders", "loaded"))
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute(insert, ("b.csv", "people", "loaded"))
