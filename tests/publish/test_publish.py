"""What readers of `published` get, and what it costs to bring it there."""

from __future__ import annotations

import io

import psycopg
import pytest
from rich.console import Console

from customer360 import warehouse
from customer360.errors import UserError
from customer360.publish import Publication, publish

from .manifests import add_column, edit_manifest

MARTS = ("customer_360", "fct_transactions", "segment_summary")
ROWS = {"customer_360": 6, "fct_transactions": 3, "segment_summary": 4}


def changes(publication: Publication) -> dict[str, tuple[int, int, int]]:
    return {
        table.name: (table.inserted, table.updated, table.deleted)
        for table in publication.tables
        if table.inserted or table.updated or table.deleted
    }


def versions(shop, table: str) -> list[tuple]:
    """Where each row is stored: a row that is written again is another."""
    return shop.rows(f"select ctid, xmin from published.{table} order by ctid")


def assert_published_as_built(shop) -> None:
    for mart in MARTS:
        columns = shop.rows(
            "select array_to_string(column_names, ', ') "
            "from published.publication_tables where table_name = %s",
            mart,
        )[0][0]
        for left, right in (("marts", "published"), ("published", "marts")):
            assert not shop.rows(
                f"select {columns} from {left}.{mart} except all "
                f"select {columns} from {right}.{mart}",
                role="admin",
            )


def test_the_first_publication_shows_what_dbt_built(shop):
    publication = publish(shop.settings)

    assert publication.is_new
    assert str(publication.as_of_date) == "2026-06-30"
    assert {table.name: table.rows for table in publication.tables} == ROWS
    assert changes(publication) == {table: (n, 0, 0) for table, n in ROWS.items()}
    assert_published_as_built(shop)
    shown = shop.rows("select * from published.publication")
    assert shown == [
        (
            publication.publication_id,
            publication.run_id,
            publication.as_of_date,
            publication.published_at,
        )
    ]
    recorded = shop.rows(
        "select publication_id, run_id, tables, rows_inserted, rows_updated, "
        "rows_deleted from ops.publications",
        role="publisher",
    )
    assert recorded == [
        (publication.publication_id, publication.run_id, 3, sum(ROWS.values()), 0, 0)
    ]


def test_readers_get_the_contract_types_keys_and_descriptions(shop):
    publish(shop.settings)

    assert shop.rows(
        "select table_name, primary_key, column_names[1:2], column_types[4:6] "
        "from published.publication_tables order by 1"
    ) == [
        (
            "customer_360",
            ["customer_key"],
            ["customer_key", "name"],
            ["numeric(12,2)", "numeric", "double precision"],
        ),
        (
            "fct_transactions",
            ["transaction_key"],
            ["transaction_key", "customer_key"],
            ["integer"],
        ),
        ("segment_summary", ["segment", "year"], ["segment", "year"], ["integer"]),
    ]
    assert shop.rows(
        "select conrelid::regclass::text from pg_constraint where contype = 'p' "
        "and connamespace = 'published'::regnamespace order by 1"
    ) == [
        ("published.customer_360",),
        ("published.fct_transactions",),
        ("published.publication",),
        ("published.publication_tables",),
        ("published.segment_summary",),
    ]
    assert shop.rows(
        "select obj_description('published.customer_360'::regclass), "
        "col_description('published.customer_360'::regclass, 3)"
    ) == [("One row per customer.", "As dialled.")]


def test_readers_cannot_write(shop):
    publish(shop.settings)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        shop.execute("delete from published.customer_360", role="reporter")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        shop.rows("select * from marts.customer_360")


def test_publishing_the_same_data_again_writes_nothing(shop):
    first = publish(shop.settings)
    before = {mart: versions(shop, mart) for mart in (*MARTS, "publication")}

    again = publish(shop.settings)

    assert not again.is_new
    assert changes(again) == {}
    assert (again.publication_id, again.run_id, again.published_at) == (
        first.publication_id,
        first.run_id,
        first.published_at,
    )
    assert {mart: versions(shop, mart) for mart in before} == before
    assert shop.rows("select count(*) from ops.publications", role="publisher") == [
        (1,)
    ]


def test_what_dbt_has_remembered_is_settled_with_the_publication_or_not_at_all(shop):
    def settled():
        return shop.rows(
            "select number, is_pending, exists(select from ops.identity_fits "
            "where settled_at is null) from ops.settlement",
            role="admin",
        )

    shop.execute("update ops.settlement set is_pending = true")
    shop.execute(
        "insert into ops.identity_fits (fit_id, origin, definitions, records, "
        "possible_pairs, candidate_pairs, level_shares) "
        "values ('a', 'fallback', '', 0, 0, 0, '{}')"
    )
    # the last moment at which a publication can fail
    shop.execute(
        "create function public.fail() returns trigger language plpgsql "
        "as $$ begin raise exception 'too late'; end $$;"
        "create constraint trigger fail after insert on ops.publications "
        "deferrable initially deferred for each row execute function public.fail()",
        role="admin",
    )
    with pytest.raises(psycopg.errors.RaiseException, match="too late"):
        publish(shop.settings)
    assert settled() == [(1, True, True)]

    shop.execute("drop trigger fail on ops.publications", role="admin")
    publish(shop.settings)
    assert settled() == [(2, False, False)]
    # nothing more, nothing written
    publish(shop.settings)
    assert settled() == [(2, False, False)]


@pytest.mark.parametrize("was_pending", [False, True])
def test_what_dbt_remembers_during_a_publication_is_not_settled_by_it(
    shop, was_pending
):
    if was_pending:
        shop.execute("update ops.settlement set is_pending = true")
    with warehouse.connect(shop.settings, "publisher") as publication:
        publication.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        publication.execute("select from marts.customer_360")
        shop.execute("update ops.settlement set is_pending = true")
        if was_pending:
            # what there was before and what came then can't be told apart
            with pytest.raises(psycopg.errors.SerializationFailure):
                publication.execute("select ops.settle()")
        else:
            publication.execute("select ops.settle()")
    assert shop.rows("select number, is_pending from ops.settlement", role="admin") == [
        (1, True)
    ]


def test_only_rows_that_differ_are_touched(shop):
    publish(shop.settings)
    before = dict.fromkeys(versions(shop, "customer_360"))
    shop.execute("update marts.customer_360 set phone = null where name = 'Bo'")
    shop.execute("update marts.customer_360 set spent = 11 where name like 'Smith%%'")
    shop.execute("delete from marts.customer_360 where name = 'Ada'")
    shop.execute(
        "insert into marts.customer_360 (customer_key, name, as_of_date) "
        "values ('0', '', '2026-06-30')"
    )

    publication = publish(shop.settings)

    assert publication.is_new
    assert changes(publication) == {"customer_360": (1, 2, 1)}
    assert_published_as_built(shop)
    kept = [row for row in versions(shop, "customer_360") if row in before]
    assert len(kept) == 3


def test_values_that_are_equal_but_written_differently_are_brought_over(shop):
    publish(shop.settings)
    shop.execute(
        "update marts.customer_360 set third_of_spent = 1.0, score = 0 "
        "where name = 'Bo'"
    )
    publish(shop.settings)
    shop.execute("update marts.customer_360 set third_of_spent = 1.00")
    shop.execute("update marts.customer_360 set score = '-0' where name = 'Bo'")

    publish(shop.settings)

    assert shop.rows(
        "select third_of_spent::text, score::text from published.customer_360 "
        "where name = 'Bo'"
    ) == [("1.00", "-0")]


def test_run_id_names_the_content_and_nothing_else(shop):
    first = publish(shop.settings)
    # other rows in between, other places on disk, another publication
    shop.execute("update marts.customer_360 set version = 7")
    other = publish(shop.settings)
    shop.execute("update marts.customer_360 set version = 1")
    shop.execute(
        "create temp table shuffled as select * from marts.customer_360 "
        "order by md5(name); truncate marts.customer_360; "
        "insert into marts.customer_360 select * from shuffled"
    )
    for table in (*MARTS, "publication", "publication_tables"):
        shop.execute(f"drop table published.{table}", role="publisher")

    rebuilt = publish(shop.settings)

    assert rebuilt.run_id == first.run_id != other.run_id
    assert rebuilt.publication_id != first.publication_id


@pytest.mark.parametrize(
    "change",
    [
        "update marts.customer_360 set name = 'bo' where name = 'Bo'",
        "update marts.customer_360 set phone = '' where phone is null",
        "delete from marts.fct_transactions where transaction_key = 1",
        "update marts.customer_360 set as_of_date = '2026-07-01'",
        # two changes that would cancel each other out in a plain sum
        "update marts.fct_transactions set amount = case transaction_key "
        "when 1 then amount + 1 when 2 then amount - 1 else amount end",
    ],
)
def test_run_id_changes_with_any_value(shop, change):
    first = publish(shop.settings)
    shop.execute(change)
    assert publish(shop.settings).run_id != first.run_id


def test_rows_changed_behind_its_back_are_put_right(shop):
    first = publish(shop.settings)
    shop.execute("update published.customer_360 set name = 'x'", role="publisher")
    shop.execute(
        "delete from published.segment_summary where year = 2026", role="publisher"
    )

    again = publish(shop.settings)

    assert_published_as_built(shop)
    assert again.run_id == first.run_id and not again.is_new


def test_the_run_is_dated_by_its_latest_rows(shop):
    shop.execute(
        "update marts.customer_360 set as_of_date = '2020-01-01' where name = 'Bo'"
    )
    shop.execute("alter table marts.segment_summary add column as_of_date date")
    shop.execute(
        "update marts.segment_summary set as_of_date = '2026-07-01' where year = 2026"
    )
    edit_manifest(
        shop, lambda nodes: add_column(nodes, "segment_summary", "as_of_date", 4)
    )
    assert str(publish(shop.settings).as_of_date) == "2026-07-01"


def test_without_rows_there_is_no_date(shop):
    shop.execute("delete from marts.customer_360")
    publication = publish(shop.settings)
    assert publication.as_of_date is None
    assert publication.tables[0].rows == 0
    assert publish(shop.settings).run_id == publication.run_id


def test_the_console_says_what_happened(shop):
    console = Console(file=io.StringIO(), width=60)
    publication = publish(shop.settings, console=console)
    publish(shop.settings, console=console)
    lines = console.file.getvalue().splitlines()
    assert lines[0].startswith(
        "Published 3 marts: 13 rows added, 0 changed, 0 removed "
        f"(run {publication.run_id[:8]}, as of 2026-06-30, "
    )
    assert lines[1].startswith("3 marts were published already and have not changed")


# ---- the shape of tables -------------------------------------------------


def test_a_new_column_takes_its_place_in_the_contract(shop):
    publish(shop.settings)
    shop.execute("alter table marts.customer_360 add column city text")
    shop.execute("update marts.customer_360 set city = 'Lyon' where name = 'Bo'")
    edit_manifest(shop, lambda nodes: add_column(nodes, "customer_360", "city", 2))

    publication = publish(shop.settings)

    assert changes(publication) == {"customer_360": (0, 1, 0)}
    assert_published_as_built(shop)
    assert shop.rows(
        "select column_names[1:4] from published.publication_tables "
        "where table_name = 'customer_360'"
    ) == [(["customer_key", "name", "city", "phone"],)]
    assert publish(shop.settings).run_id == publication.run_id


def test_a_removed_column_is_gone(shop):
    first = publish(shop.settings)
    shop.execute("alter table marts.customer_360 drop column phone")
    edit_manifest(
        shop, lambda nodes: nodes["model.shop.customer_360"]["columns"].pop("phone")
    )

    publication = publish(shop.settings)

    assert changes(publication) == {}
    assert publication.is_new and publication.run_id != first.run_id
    assert_published_as_built(shop)
    with pytest.raises(psycopg.errors.UndefinedColumn):
        shop.rows("select phone from published.customer_360")


def test_a_column_changes_its_type(shop):
    publish(shop.settings)
    shop.execute(
        "alter table marts.customer_360 alter spent type text using spent || ' EUR'"
    )

    publication = publish(shop.settings)

    assert changes(publication) == {"customer_360": (0, 6, 0)}
    assert_published_as_built(shop)
    assert shop.rows("select spent from published.customer_360 where name = 'Bo'") == [
        ("300.00 EUR",)
    ]


@pytest.mark.parametrize("key", [["segment", "year", "customers"], ["year", "segment"]])
def test_a_table_changes_its_key(shop, key):
    publish(shop.settings)

    def rekey(nodes):
        nodes["model.shop.segment_summary"]["constraints"][0]["columns"] = key

    edit_manifest(shop, rekey)

    publication = publish(shop.settings)

    assert changes(publication) == {"segment_summary": (4, 0, 4)}
    assert_published_as_built(shop)
    assert publish(shop.settings).run_id == publication.run_id


def test_a_key_changes_its_type(shop):
    publish(shop.settings)
    shop.execute("alter table marts.fct_transactions alter transaction_key type text")

    publish(shop.settings)

    assert_published_as_built(shop)
    assert shop.rows(
        "select column_types[1] from published.publication_tables "
        "where table_name = 'fct_transactions'"
    ) == [("text",)]


def test_a_mart_that_no_longer_exists_is_dropped_and_other_tables_are_not(shop):
    publish(shop.settings)
    shop.execute("create table published.somebodys (n int)", role="publisher")
    edit_manifest(shop, lambda nodes: nodes.pop("model.shop.fct_transactions"))

    publication = publish(shop.settings)

    assert [table.name for table in publication.tables] == [
        "customer_360",
        "segment_summary",
    ]
    assert publication.is_new
    found = {
        row[0]
        for row in shop.rows(
            "select relname from pg_class where relkind = 'r' "
            "and relnamespace = 'published'::regnamespace"
        )
    }
    assert found == {
        "customer_360",
        "segment_summary",
        "somebodys",
        "publication",
        "publication_tables",
    }


def test_views_of_readers_survive_and_stand_in_the_way_only_of_their_columns(shop):
    publish(shop.settings)
    shop.execute(
        "create view public.lost as select customer_key, phone "
        "from published.customer_360",
        role="admin",
    )
    shop.execute("update marts.customer_360 set phone = '1'")
    publish(shop.settings)
    assert set(shop.rows("select phone from public.lost", role="admin")) == {("1",)}

    shop.execute("alter table marts.customer_360 drop column phone")
    edit_manifest(
        shop, lambda nodes: nodes["model.shop.customer_360"]["columns"].pop("phone")
    )
    with pytest.raises(UserError, match=r"customer_360.* view .*lost depends on"):
        publish(shop.settings)
    assert len(shop.rows("select phone from public.lost", role="admin")) == 6
