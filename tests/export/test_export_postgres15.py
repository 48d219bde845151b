"""The oldest server we support: the same publications, the same files."""

from __future__ import annotations

import dataclasses

from customer360 import warehouse
from customer360.export import export

from .tables import Table, publish_as_built

PEOPLE = Table(
    {
        "id": "text",
        "name": "text",
        "spent": "numeric",
        "score": "double precision",
        "seen_at": "timestamptz",
        "is_new": "boolean",
    },
    "select md5(n::text), case n % 5 when 0 then null when 1 then E'=1\\n+1' "
    "else 'Ünal ' || n end, n / 7.0, sqrt(n), "
    "timestamptz '2026-01-01 00:00Z' + n * interval '1 hour', n % 3 = 0 "
    "from generate_series(1, 300) as series (n)",
)
VISITS = Table(
    {"id": "integer", "day": "date"},
    "values (1, date '2026-01-01'), (1, date '2026-01-02'), (2, null::date)",
)


def changed(table: Table, **changes: object) -> Table:
    return dataclasses.replace(table, **changes)


STEPS = [
    {"people": PEOPLE},
    # rows come, go and change
    {"people": changed(PEOPLE, rows=PEOPLE.rows.replace("1, 300", "2, 310"))},
    {"people": changed(PEOPLE, rows=PEOPLE.rows.replace("/ 7.0", "/ 7.00"))},
    # a column goes, another changes its type
    {
        "people": Table(
            {"id": "text", "name": "text", "spent": "text"},
            "select n::text, null, n || ' EUR' from generate_series(1, 50) as s (n)",
        )
    },
    # another table, and then another key for it
    {
        "people": changed(PEOPLE, rows=PEOPLE.rows + " where n > 7"),
        "visits": changed(
            VISITS, rows=VISITS.rows.replace("(1, date '2026-01-02'), ", "")
        ),
    },
    {
        "visits": changed(
            VISITS,
            rows=VISITS.rows.replace("null::date", "date '2026-02-01'"),
            key=("id", "day"),
        )
    },
]


def test_the_same_publications_and_files(database, debian15, tmp_path, monkeypatch):
    debian15.create_user("shopkeeper", "createrole")
    debian15.create_database("shop", "shopkeeper")
    old = dataclasses.replace(
        database,
        database_url=debian15.url("shopkeeper", "shop"),
        export_dir=tmp_path / "export15",
    )
    warehouse.ensure_ready(old)
    target = tmp_path / "target"
    monkeypatch.setenv("DBT_TARGET_PATH", str(target))
    for tables in STEPS:
        here = publish_as_built(database, target, tables)
        there = publish_as_built(old, target, tables)
        assert here.is_new and there.is_new
        assert (here.run_id, here.tables) == (there.run_id, there.tables)

        exported = [{file.path.name for file in export(at)} for at in (database, old)]
        assert exported[0] == exported[1] == {f"{name}.csv" for name in tables}
        for name in (*exported[0], "manifest.json"):
            ours, theirs = database.export_dir / name, old.export_dir / name
            assert ours.read_bytes() == theirs.read_bytes()


def test_a_user_who_may_not_create_roles(debian15, database, tmp_path, monkeypatch):
    debian15.create_user("alone")
    debian15.create_database("alone", "alone")
    settings = dataclasses.replace(
        database, database_url=debian15.url("alone", "alone")
    )
    warehouse.ensure_ready(settings)
    target = tmp_path / "target"
    monkeypatch.setenv("DBT_TARGET_PATH", str(target))
    for tables in STEPS[:2]:
        assert publish_as_built(settings, target, tables).is_new
    assert [file.rows for file in export(settings)] == [309]
