"""A small project of declarations, a landing folder, and ways to look at both."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from customer360 import ingest, warehouse
from customer360.settings import Settings

DECLARATIONS = """
version: 2
sources:
  - name: shop
    schema: raw
    meta: {format: csv}
    tables:
      - name: people
        identifier: shop_people
        config:
          meta:
            files: ["people*.csv", "*drop table*.csv"]
            key: [id]
        columns: [{name: id}, {name: name}, {name: city}]
      - name: people_json
        identifier: shop_people_json
        meta: {files: ["people*.json", "people*.jsonl"], format: jsonl, key: [id]}
        columns: [{name: id}, {name: name}, {name: city}]
      - name: latin
        identifier: shop_latin
        meta: {files: ["latin*.csv"], encoding: latin-1, delimiter: ";"}
        columns: [{name: id}, {name: name}]
      - name: wide
        identifier: shop_wide
        meta: {files: ["wide*.csv"], encoding: utf-16}
        columns: [{name: id}, {name: name}]
      - name: orders
        identifier: shop_orders
        meta: {files: ["Orders.csv"], key: [order_no, line]}
        columns:
          - {name: order_no, config: {meta: {header: "OrderNo "}}}
          - {name: line, meta: {header: Line No}}
          - {name: Amount, quote: true}
"""


@dataclasses.dataclass(frozen=True)
class ProjectSettings(Settings):
    """Settings whose declarations are the test's own."""

    project: Path

    @property
    def dbt_project_dir(self) -> Path:
        return self.project


@dataclasses.dataclass(frozen=True)
class Shop:
    """A database with the tables above, and its landing folder."""

    settings: ProjectSettings

    @property
    def landing(self) -> Path:
        return self.settings.landing_dir

    def write(self, name: str, content: bytes | str) -> Path:
        path = self.landing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def load(
        self, name: str, *, mode: str = "append", batch_id: int | None = None
    ) -> ingest.LoadResult:
        files = {file.source_file: file for file in ingest.discover(self.settings)}
        [result] = ingest.load_files(
            self.settings,
            [files[name]],
            batch_id=batch_id or ingest.new_batch(self.settings),
            mode=mode,
        )
        return result

    @contextmanager
    def admin(self) -> Iterator[psycopg.Connection]:
        with warehouse.connect(self.settings, "admin", autocommit=True) as connection:
            yield connection

    def query(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with self.admin() as connection:
            return connection.execute(query, values).fetchall()

    def people(self, name: str = "%") -> list[tuple[Any, ...]]:
        columns = "select id, name, city, _source_file from raw."
        return self.query(
            f"select id, name, city from ({columns}shop_people union all "
            f"{columns}shop_people_json) as people where _source_file like %s "
            'order by id collate "C", name',
            name,
        )

    def quarantine(self, name: str = "%") -> list[tuple[Any, ...]]:
        return self.query(
            "select line_number, row_number, reason, raw_record from ops.quarantine "
            "where source_file like %s order by quarantine_id",
            name,
        )

    def filled_tables(self) -> set[str]:
        """Raw tables that have rows."""
        return {
            table
            for (table,) in self.query(
                "select table_name from information_schema.tables "
                "where table_schema = 'raw'"
            )
            if self.query(f"select from raw.{table} limit 1")
        }

    def manifest(self) -> list[tuple[Any, ...]]:
        return self.query(
            "select source_file, state, rows_read, rows_loaded, rows_quarantined "
            "from ops.load_manifest order by file_id"
        )
