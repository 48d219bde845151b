"""A database, and how a person and a test run dbt on it."""

from __future__ import annotations

import csv
import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from forked_dbt import ForkedDbt

from customer360 import warehouse
from customer360.ingest import load_landing
from customer360.settings import ROOT, Settings

PROJECT = ROOT / "dbt_project"
PROGRAMS = Path(sys.executable).parent

CUSTOMERS = (
    "customer_id,first_name,last_name,email,phone,address,city,country,created_at"
)
TRANSACTIONS = "transaction_id,customer_id,transaction_date,amount,channel,status"

# plain dbt, that seldom looks for garbage: a quarter of its time goes into that
_PLAIN_DBT = f"""#!{sys.executable}
from customer360.pipeline.processes import keep_garbage

keep_garbage()
from dbt.cli.main import cli

cli(prog_name="dbt")
"""


@dataclasses.dataclass(frozen=True)
class Workplace:
    """A database with all that dbt needs, and a folder for what dbt writes."""

    settings: Settings
    folder: Path

    @property
    def _programs(self) -> Path:
        return self.folder / "programs"

    def shell(self, commands: str) -> tuple[int, str]:
        """Run commands as the README has people type them; exit code and output."""
        dbt = self._programs / "dbt"
        dbt.parent.mkdir(exist_ok=True)
        dbt.write_text(_PLAIN_DBT)
        dbt.chmod(0o700)
        done = subprocess.run(
            ["bash", "-c", f'eval "$(customer360 db env)"\n{commands}'],
            cwd=ROOT,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    def dbt(
        self,
        *arguments: str,
        project: Path = PROJECT,
        succeeds: bool = True,
        **variables: Any,
    ) -> str:
        """Run dbt on a project; returns its output, and asserts how it ended."""
        code, output = ForkedDbt.start(
            [
                *(*arguments, "--project-dir", project, "--profiles-dir", PROJECT),
                *("--vars", json.dumps(variables)),
                # it takes a second to describe the project in files
                "--no-write-json",
            ],
            self._environment() | warehouse.client_environment(self.settings),
        ).wait()
        assert (code == 0) == succeeds, output[-4000:]
        return output

    def starts(self, *command: str) -> subprocess.Popen[str]:
        """Start what runs dbt for as long as it is given something to do."""
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=self._environment() | warehouse.client_environment(self.settings),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def _environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("C360_", "PG", "DBT_"))
        }
        own = {
            "C360_HOME": str(self.settings.home),
            "C360_DATABASE_URL": self.settings.database_url,
            "C360_LANDING_DIR": str(self.settings.landing_dir),
            "C360_EXPORT_DIR": str(self.settings.export_dir),
            "C360_OFFLINE": "1",
            "DBT_TARGET_PATH": str(self.folder / "target"),
            "DBT_LOG_PATH": str(self.folder / "logs"),
            "DBT_LOG_LEVEL_FILE": "none",
            "PATH": f"{self._programs}:{PROGRAMS}:{os.environ['PATH']}",
        }
        return kept | own

    def load(
        self,
        customers: Iterable[Iterable[object]] = (),
        transactions: Iterable[Iterable[object]] = (),
        others: Mapping[str, tuple[str, Iterable[Iterable[object]]]] | None = None,
    ) -> None:
        """Load rows of the csv system, and of others, through the loader.

        `others` has header and rows by the file's path in the landing folder.
        """
        files = {
            "csv_customers.csv": (CUSTOMERS, customers),
            "csv_transactions.csv": (TRANSACTIONS, transactions),
            **(others or {}),
        }
        for name, (header, rows) in files.items():
            path = self.settings.landing_dir / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(header.split(","))
                writer.writerows(rows)
        results = load_landing(self.settings)
        assert {(result.state, result.rows_quarantined) for result in results} == {
            ("loaded", 0)
        }

    def table(self, name: str) -> pd.DataFrame:
        """A table's rows, in an order that depends on nothing but them."""
        with warehouse.connect(self.settings, "admin") as connection:
            found = connection.execute(
                f'select * from {name} as found order by found::text collate "C"'
            )
            columns = [column.name for column in found.description or ()]
            return pd.DataFrame(found.fetchall(), columns=columns, dtype=object)
