"""The oldest server we support: the same publication, the same files."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

from customer360 import warehouse
from customer360.export import export
from customer360.publish import publish


def test_postgres_15_publishes_and_exports_the_same(
    shop, debian15, tmp_path, monkeypatch
):
    debian15.create_user("shopkeeper", "createrole")
    debian15.create_database("shop", "shopkeeper")
    settings = dataclasses.replace(
        shop.settings,
        database_url=debian15.url("shopkeeper", "shop"),
        export_dir=tmp_path / "export15",
    )
    warehouse.ensure_ready(settings)
    target = Path(shutil.copytree(shop.target, tmp_path / "target15"))
    old = dataclasses.replace(shop, settings=settings, target=target)
    old.dbt("build")

    for step in range(4):
        publications = []
        for here in (shop, old):
            monkeypatch.setenv("DBT_TARGET_PATH", str(here.target))
            _change(here, step)
            publications.append(publish(here.settings))
            export(here.settings)
        ours, theirs = publications
        assert ours.is_new and theirs.is_new
        assert ours.run_id == theirs.run_id
        assert ours.tables == theirs.tables
        files = sorted(shop.settings.export_dir.iterdir())
        assert [file.name for file in files] == [
            "customer_360.csv",
            "fct_transactions.csv",
            "manifest.json",
            "segment_summary.csv",
        ]
        for file in files:
            assert file.read_bytes() == (settings.export_dir / file.name).read_bytes()


def _change(shop, step: int) -> None:
    if step == 1:
        shop.execute("update marts.customer_360 set name = 'Bö' where name = 'Bo'")
        shop.execute("delete from marts.customer_360 where name = 'Ada'")
        shop.execute("insert into marts.fct_transactions values (0, 'x', 1.50, 1)")
    elif step == 2:
        shop.execute("alter table marts.customer_360 alter version type text")
    elif step == 3:
        path = shop.target / "manifest.json"
        manifest = json.loads(path.read_text())
        mart = manifest["nodes"]["model.shop.segment_summary"]
        mart["constraints"][0]["columns"] = ["year", "segment"]
        path.write_text(json.dumps(manifest))
