"""A database that an older version has set up."""

from __future__ import annotations

from customer360 import warehouse
from customer360.settings import Settings

# what there was before anything could be taken back
OLDER = """
drop function ops.settle(), ops.take_back();
drop table ops.settlement, ops.settled_customer_keys, ops.settled_key_records;
alter table ops.identity_fits drop column settled_at;
alter table ops.customer_key_records drop column settlement;
update ops.setup set sql_sha256 = '';
insert into ops.identity_fits (
    fit_id, fitted_at, origin, definitions, records, possible_pairs, candidate_pairs,
    level_shares
)
select fit, date '2026-06-30' + number::int, 'fallback', '', 0, 0, 0, '{}'
from unnest(array['b', 'a']) with ordinality as fits (fit, number);
insert into ops.customer_keys (customer_key, first_record_key, revision)
values ('k1', 'r1', 1), ('k2', 'r2', 2);
insert into ops.customer_key_records values ('r1', 'k1'), ('r2', 'k2');
insert into ops.customer_key_history
select revision, customer_key, 'created', null, 1, '', date '2026-06-30' + revision
from ops.customer_keys
"""
REMEMBERED = (
    "select fit_id, fitted_at from ops.identity_fits",
    "select customer_key, revision from ops.customer_keys",
    "select customer_record_key, home_key from ops.customer_key_records",
    "select revision, customer_key from ops.customer_key_history",
)


def remembered(settings: Settings) -> list[list[tuple]]:
    with warehouse.connect(settings, "transformer") as connection:
        return [sorted(connection.execute(query)) for query in REMEMBERED]


def test_what_was_remembered_counts_as_published(database: Settings) -> None:
    with warehouse.connect(database, "admin") as connection:
        connection.execute(OLDER)
    before = remembered(database)
    assert [len(rows) for rows in before] == [2, 2, 2, 2]
    warehouse.ensure_ready(database)
    with warehouse.connect(database, "transformer") as connection:
        assert connection.execute("select ops.take_back()").fetchone() == (False,)
        # nor does a later build take it along
        connection.execute("update ops.settlement set is_pending = true")
        assert connection.execute("select ops.take_back()").fetchone() == (True,)
    assert remembered(database) == before
