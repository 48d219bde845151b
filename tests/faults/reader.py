"""Readers of `published`, each in a process of its own: `reader.py KIND FOLDER`.

A reader reads until its stdin is closed, once more after that, and then prints what
came of each reading as JSON. KIND says how it reads: `statement` (all tables by one
statement), `transaction` (table by table in one REPEATABLE READ transaction),
`reconnect` (as `statement`, each time on a new connection) or `export` (the
product's own export, to FOLDER).
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from pathlib import Path

import psycopg
from psycopg import sql

from customer360 import warehouse
from customer360.errors import UserError
from customer360.export import export
from customer360.settings import Settings

KINDS = ("statement", "transaction", "reconnect", "export")

# they read at any moment, but leave the processors to the run in between
_PAUSE = 0.2
_EXPORT_PAUSE = 1.0
_LAST_READING_SECONDS = 120.0


class MixedError(Exception):
    """What one reading gave is not of one run."""


@dataclasses.dataclass(frozen=True)
class Reading:
    """What one reading gave; times are of the machine's monotonic clock."""

    began: float
    ended: float
    run_id: str = ""
    content: str = ""
    """A digest of every value in every table."""
    refused: str = ""
    """Why there was no database to read."""
    error: str = ""
    """Any other way it went wrong."""


# ---- how they read -------------------------------------------------------


def tables(connection: psycopg.Connection) -> list[str]:
    """Names of the published tables."""
    found = connection.execute(
        "select table_name from published.publication_tables order by table_name"
    )
    return [row[0] for row in found]


def by_statement(connection: psycopg.Connection, names: list[str]) -> tuple[str, str]:
    """Run and content of `published`, from one statement."""
    queries = [_RUN, _CLAIMED, _DATES, *map(_figures, names)]
    statement = sql.SQL("select ") + sql.SQL(", ").join(
        sql.SQL("({})").format(query) for query in queries
    )
    [row] = connection.execute(statement).fetchall()
    return _judged(names, *row)


def by_transaction(connection: psycopg.Connection, names: list[str]) -> tuple[str, str]:
    """Run and content of `published`, table by table in one transaction."""
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    values = []
    with connection.transaction():
        for query in (_RUN, _CLAIMED, _DATES, *map(_figures, names)):
            [[value]] = connection.execute(query).fetchall()
            values.append(value)
            time.sleep(0.02)
    return _judged(names, *values)


def exported(folder: Path) -> tuple[str, str]:
    """Run and content of an export, from the bytes of its files."""
    manifest = json.loads((folder / "manifest.json").read_text())
    digest = hashlib.sha256()
    for entry in manifest["files"]:
        content = (folder / entry["file"]).read_bytes()
        if hashlib.sha256(content).hexdigest() != entry["sha256"]:
            raise MixedError(f"{entry['file']} is not what the manifest says")
        digest.update(content)
    return manifest["run_id"], digest.hexdigest()


_RUN = sql.SQL("select string_agg(run_id, ',') from published.publication")
_CLAIMED = sql.SQL(
    "select string_agg(table_name || ' ' || row_count, ',' order by table_name) "
    "from published.publication_tables"
)
_DATES = sql.SQL(
    "select string_agg(distinct as_of_date::text, ',') from "
    "(select as_of_date from published.publication "
    "union all select as_of_date from published.customer_360) as dates"
)


def _figures(table: str) -> sql.Composed:
    """Rows of a table, and a number that changes when any value in it does."""
    return sql.SQL(
        "select count(*)::text || ' '"
        " || coalesce(sum(hashtextextended(seen::text, 0)::numeric), 0)::text "
        "from {} as seen"
    ).format(sql.Identifier("published", table))


def _judged(
    names: list[str], run_id: str, claimed: str, dates: str | None, *figures: str
) -> tuple[str, str]:
    counts = (figure.split()[0] for figure in figures)
    pairs = zip(names, counts, strict=True)
    found = ",".join(f"{name} {count}" for name, count in pairs)
    if claimed != found:
        raise MixedError(f"run {run_id} claims {claimed}, but there are {found}")
    if "," in run_id or "," in (dates or ""):
        raise MixedError(f"several runs at once: {run_id}, as of {dates}")
    return run_id, hashlib.sha256(" ".join(figures).encode()).hexdigest()


class _Reader:
    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        self.settings = dataclasses.replace(Settings.from_env(), export_dir=folder)
        self.names: list[str] = []
        self.connection: psycopg.Connection | None = None

    def read(self) -> Reading:
        """Read once, whatever happens."""
        began = time.monotonic()
        try:
            run_id, content = self._seen()
            outcome = {"run_id": run_id, "content": content}
        except (psycopg.OperationalError, UserError) as error:
            self.connection = None
            outcome = {"refused": f"{type(error).__name__}: {error}"}
        except Exception:
            outcome = {"error": traceback.format_exc()}
        return Reading(began, time.monotonic(), **outcome)

    def _seen(self) -> tuple[str, str]:
        if self.kind == "export":
            export(self.settings)
            return exported(self.settings.export_dir)
        if self.connection is None:
            self.connection = warehouse.connect(
                self.settings, "reporter", autocommit=True
            )
            self.names = self.names or tables(self.connection)
        if self.kind == "transaction":
            return by_transaction(self.connection, self.names)
        seen = by_statement(self.connection, self.names)
        if self.kind == "reconnect":
            self.connection.close()
            self.connection = None
        return seen


def _main(kind: str, folder: Path) -> None:
    reader = _Reader(kind, folder)
    stop = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
    readings: list[Reading] = []
    print("ready", flush=True)
    while True:
        is_last = stop.is_set()
        readings.append(reader.read())
        if is_last:
            break
        stop.wait(_EXPORT_PAUSE if kind == "export" else _PAUSE)
    print(json.dumps([dataclasses.asdict(reading) for reading in readings]), flush=True)


# ---- whoever has them read -----------------------------------------------


class Readers:
    """One reader of each kind, at work until it is told to stop."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._processes = {
            kind: subprocess.Popen(
                [sys.executable, __file__, kind, folder / f"read_{kind}"],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for kind in KINDS
        }

    def __enter__(self) -> Readers:
        for kind, process in self._processes.items():
            assert process.stdout
            assert process.stdout.readline() == "ready\n", kind
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes.values():
            with process:
                process.kill()

    def stop(self) -> dict[str, list[Reading]]:
        """Have each read once more and end; returns all its readings, by kind."""
        for process in self._processes.values():
            assert process.stdin
            process.stdin.close()
            process.stdin = None
        readings = {}
        for kind, process in self._processes.items():
            answer, _ = process.communicate(timeout=_LAST_READING_SECONDS)
            readings[kind] = [Reading(**reading) for reading in json.loads(answer)]
        return readings


if __name__ == "__main__":
    _main(sys.argv[1], Path(sys.argv[2]))
