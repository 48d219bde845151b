"""A database with its folders, and the pipeline at work on it, to be killed."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from psycopg import sql

from customer360 import warehouse
from customer360.settings import Settings
from data_generators import generate

from . import reader

STEPS = ("start", "discover", "load", "dbt", "publish", "export")
"""What a run does, in order."""

_REMEMBERED = (
    *("customer_keys", "customer_key_records", "customer_key_history"),
    "identity_statistics",
)
_CUSTOMER360 = Path(sys.executable).with_name("customer360")
_LAUNCH = """
import os, sys
from customer360.pipeline.processes import die_with

die_with(int(sys.argv[1]))
os.execv(sys.argv[2], sys.argv[2:])
"""
_FIRST_DAY = date(2026, 6, 30)
_RUN_SECONDS = 900.0
_DEATH_SECONDS = 20.0


def customer360(*args: str) -> list[str]:
    """A command that ends with us, however we end.

    If it went on, it would start the server again, in a folder that is gone.
    """
    return [
        *(sys.executable, "-c", _LAUNCH, str(os.getpid())),
        *(str(_CUSTOMER360), *args),
    ]


@dataclasses.dataclass(frozen=True)
class Site:
    """A database, its landing and export folders, and dbt's target folder."""

    settings: Settings
    folder: Path

    @classmethod
    def make(cls, home: Path, folder: Path, name: str) -> Site:
        """Name a database on the embedded server of `home`, and folders for it."""
        settings = Settings(
            home=home,
            database_url=f"embedded:///{name}",
            landing_dir=folder / name / "landing",
            export_dir=folder / name / "export",
        )
        settings.landing_dir.mkdir(parents=True)
        return cls(settings, folder / name)

    def copy(self, name: str) -> Site:
        """Another database and other folders, with the same in them."""
        twin = Site.make(self.settings.home, self.folder.parent, name)
        shutil.copytree(self.folder, twin.folder, dirs_exist_ok=True)
        with warehouse.connect(self.keeper, "admin", autocommit=True) as connection:
            connection.execute(
                sql.SQL("create database {} template {}").format(
                    sql.Identifier(name), sql.Identifier(self.folder.name)
                )
            )
        return twin

    @property
    def keeper(self) -> Settings:
        """Settings on a database of the same server that no run connects to."""
        return dataclasses.replace(self.settings, database_url="embedded:///keeper")

    def environment(self) -> dict[str, str]:
        """The environment of a person who works on this site."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("C360_", "PG", "DBT_", "AIRFLOW"))
        }
        return kept | {
            "C360_HOME": str(self.settings.home),
            "C360_DATABASE_URL": self.settings.database_url,
            "C360_LANDING_DIR": str(self.settings.landing_dir),
            "C360_EXPORT_DIR": str(self.settings.export_dir),
            "DBT_TARGET_PATH": str(self.folder / "target"),
            # every event in full, which nobody reads
            "DBT_LOG_LEVEL_FILE": "none",
        }

    def receive(self, day: int, records: int) -> None:
        """Have a day's files arrive: customers, changed and new, and their sales."""
        until = _FIRST_DAY + timedelta(days=30 * day)
        with tempfile.TemporaryDirectory(dir=self.folder) as scratch:
            made = generate(
                landing_dir=Path(scratch),
                truth_dir=Path(scratch),
                customer_records=records,
                seed=day,
                until=until,
                systems=["csv"],
            )
            for path in made.rows:
                name = f"{path.stem}_{until}.csv"
                path.rename(self.settings.landing_dir / name)

    def load(self) -> None:
        """Load the landing folder's files, and do nothing with them."""
        subprocess.run(
            customer360("load"),
            env=self.environment(),
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def has_loaded_everything(self) -> bool:
        """Whether no file in the landing folder waits to be loaded."""
        arrived = sum(1 for _ in self.settings.landing_dir.iterdir())
        with warehouse.connect(self.settings, "admin") as connection:
            [(loaded,)] = connection.execute(
                "select count(*) from ops.load_manifest where state = 'loaded'"
            )
        return loaded == arrived

    def has_unpublished_keys(self) -> bool:
        """Whether dbt has remembered customer keys that were not published."""
        with warehouse.connect(self.settings, "admin") as connection:
            [(is_pending,)] = connection.execute(
                "select is_pending from ops.settlement"
            )
        return is_pending

    def published(self) -> tuple[str, str]:
        """Run and content of what is published, as the readers see it."""
        with warehouse.connect(self.settings, "reporter") as connection:
            return reader.by_statement(connection, reader.tables(connection))

    def exports(self) -> dict[str, bytes]:
        """Every file of the export folder, hidden ones included."""
        return {
            path.name: path.read_bytes()
            for path in sorted(self.settings.export_dir.iterdir())
        }

    def left_behind(self) -> dict[str, Any]:
        """What is known of files, fits and tables, by what it is; and how many rows
        `raw` and the tables of customer keys have, with a hash, by the table's name.

        Without what differs between one run and another: batches and times.
        """
        with warehouse.connect(self.settings, "admin") as connection:
            found: dict[str, Any] = {
                "files": connection.execute(
                    "select source_file, table_name, sha256, rows_read, rows_loaded, "
                    "rows_quarantined, state from ops.load_manifest order by 1, 2, 7"
                ).fetchall(),
                "quarantine": connection.execute(
                    "select source_file, line_number, reason from ops.quarantine "
                    "order by 1, 2, 3"
                ).fetchall(),
                "relations": connection.execute(
                    "select relnamespace::regnamespace::text, relname::text "
                    "from pg_class where relkind in ('r', 'v') "
                    "and relnamespace::regnamespace::text "
                    "not in ('pg_catalog', 'information_schema') order by 1, 2"
                ).fetchall(),
                "fits": connection.execute(
                    "select fit_id from ops.identity_fits order by fitted_at"
                ).fetchall(),
            }
            for schema, name in found["relations"]:
                if schema == "raw" or (schema == "ops" and name in _REMEMBERED):
                    found[f"{schema}.{name}"] = connection.execute(
                        sql.SQL(
                            "select count(*), sum(hashtextextended((to_jsonb(seen) "
                            "- '{{_batch_id,_loaded_at}}'::text[])::text, 0)::numeric) "
                            "from {} as seen"
                        ).format(sql.Identifier(schema, name))
                    ).fetchone()
        return found


class Run:
    """`customer360 run` in a process group of its own; ended when its block ends."""

    def __init__(self, site: Site) -> None:
        self.step = STEPS[0]
        """The step that began last."""
        self.took: dict[str, float] = {}
        """Seconds by step, from its beginning to the end of its last task."""
        self._began = {self.step: time.monotonic()}
        self._lines: list[str] = []
        self._is_over = False
        self._changed = threading.Condition()
        self._process = subprocess.Popen(
            customer360("run"),
            env=site.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill(group=True)
        assert self._process.stdout
        self._process.stdout.close()

    @property
    def text(self) -> str:
        """All that it printed."""
        return "".join(self._lines)

    def wait(self) -> int:
        """Wait for its end; returns the exit code."""
        code = self._process.wait(_RUN_SECONDS)
        self._listener.join(_DEATH_SECONDS)
        return code

    def reach(self, step: str, seconds: float) -> bool:
        """Wait until so long after a step began; False if it was over before."""
        with self._changed:
            self._changed.wait_for(
                lambda: step in self._began or self._is_over, _RUN_SECONDS
            )
            if step in self._began:
                self._changed.wait_for(
                    lambda: self.step != step or self._is_over,
                    max(0.0, self._began[step] + seconds - time.monotonic()),
                )
            return self.step == step and not self._is_over

    def reach_when(self, step: str, condition: Callable[[], bool]) -> bool:
        """Wait until something is so in a step; False if it was over before."""
        while self.reach(step, 0):
            if condition():
                return True
            time.sleep(0.05)
        return False

    def kill(self, *, group: bool) -> None:
        """Kill all of it, or its own process alone; see that nothing lives on."""
        if self._process.poll() is None:
            if group:
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()
            self._process.wait()
        deadline = time.monotonic() + _DEATH_SECONDS
        while left := _living(self._process.pid):
            if time.monotonic() > deadline:
                os.killpg(self._process.pid, signal.SIGKILL)
                raise AssertionError(f"these lived on: {left}")
            time.sleep(0.05)
        self._listener.join(_DEATH_SECONDS)

    def _listen(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            now = time.monotonic()
            with self._changed:
                self._lines.append(line)
                if found := re.match(r"… (\w+)", line):
                    self.step = found[1]
                    self._began.setdefault(self.step, now)
                elif found := re.match(r"✓ (\w+)", line):
                    self.took[found[1]] = now - self._began[found[1]]
                self._changed.notify_all()
        with self._changed:
            self._is_over = True
            self._changed.notify_all()


def _living(group: int) -> list[str]:
    """Processes of a process group that have not ended."""
    listing = subprocess.run(
        ["ps", "-A", "-o", "pgid=,stat=,pid=,args="], capture_output=True, text=True
    )
    lines = (line.split(maxsplit=3) for line in listing.stdout.splitlines())
    return [
        f"{pid} {' '.join(command)}"
        for pgid, state, pid, *command in lines
        if pgid == str(group) and not state.startswith("Z")
    ]


@contextmanager
def own_server(folder: Path) -> Iterator[Path]:
    """The home of an embedded server that is stopped at the end."""
    home = folder / "home"
    settings = Settings(
        home=home,
        database_url="embedded:///keeper",
        landing_dir=folder,
        export_dir=folder,
    )
    try:
        warehouse.ensure_ready(settings)
        yield home
    finally:
        warehouse.stop(settings)
