"""A shop whose files are fetched, and ways to look at what came."""

from __future__ import annotations

import dataclasses
import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from customer360 import ingest
from customer360.fetch import FetchResult, fetch

from .loads import wait_for
from .shop import Shop

CALL = """
import importlib, sys
from pathlib import Path
from customer360.settings import Settings

Settings.dbt_project_dir = Path(sys.argv[1])
module = importlib.import_module(f"customer360.{sys.argv[2]}")
getattr(module, sys.argv[3])(Settings.from_env())
"""


@dataclasses.dataclass(frozen=True)
class Fetching:
    """A shop, and the connections it is fetched from."""

    shop: Shop
    file: Path

    def declare(self, **connections: Any) -> None:
        """Write the connections."""
        self.file.write_text(yaml.safe_dump({"connections": connections}))

    def fetch(self, *names: str, full: bool = False) -> list[FetchResult]:
        return fetch(self.shop.settings, names, full=full)

    def fetched(self, *names: str) -> list[int]:
        """Fetch; records by table."""
        return [result.records for result in self.fetch(*names)]

    @contextmanager
    def in_a_process(
        self, module: str = "fetch", function: str = "fetch"
    ) -> Iterator[None]:
        """Fetch, or do something else, in a process that is killed at the end."""
        settings = self.shop.settings
        process = subprocess.Popen(
            [sys.executable, "-c", CALL, str(settings.project), module, function],
            env={
                **os.environ,
                "C360_HOME": str(settings.home),
                "C360_DATABASE_URL": settings.database_url,
                "C360_LANDING_DIR": str(settings.landing_dir),
                "C360_CONNECTIONS": str(self.file),
            },
        )
        try:
            yield
        finally:
            process.kill()
            process.wait()

    def fetchers(self) -> int:
        """Fetches that hold a connection."""
        return self.shop.query(
            "select count(*) from pg_locks where locktype = 'advisory' and granted "
            "and database = (select oid from pg_database "
            "where datname = current_database())"
        )[0][0]

    def wait_until_noting(self) -> None:
        """Wait for a fetch that has all records, and whose notes are locked."""
        wait_for(
            lambda: (
                self.shop.query(
                    "select count(*) from pg_locks where not granted "
                    "and relation = 'ops.fetched_files'::regclass"
                )
                == [(1,)]
            )
        )

    def load(self) -> list[ingest.LoadResult]:
        return ingest.load_landing(self.shop.settings)

    def files(self) -> list[str]:
        """What is in the landing folder."""
        landing = self.shop.landing
        return sorted(
            str(path.relative_to(landing))
            for path in landing.rglob("*")
            if path.is_file()
        )

    def records(self, number: int = -1) -> list[Any]:
        """What is in one of the files, the last unless told."""
        path = self.shop.landing / self.files()[number]
        return [json.loads(line) for line in gzip.open(path) if line.strip()]
