"""A reader of `published` in a process of its own: `reader.py KIND FOLDER PATIENCE`.

It reads until its stdin is closed, then prints what it saw as JSON. It puts up with
PATIENCE seconds without a server; where the server stays, that is 0. KIND says how
it reads: `statement` (all tables by one statement), `transaction` (table by table
in one REPEATABLE READ transaction), `reconnect` (as `statement`, each time on a
new connection) or `export` (the product's own export, to FOLDER).
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import sys
import threading
import time
import traceback
from collections import defaultdict
from pathlib import Path

import psycopg
from psycopg import sql

from customer360 import warehouse
from customer360.errors import UserError
from customer360.export import export
from customer360.settings import Settings

KINDS = ("statement", "transaction", "reconnect", "export")

_PAUSE = 0.2
_EXPORT_PAUSE = 2.0


class MixedError(Exception):
    """What one reading gave is not of one run."""


def tables(connection: psycopg.Connection) -> list[str]:
    """Names of the published tables."""
    found = connection.execute(
        "select table_name from published.publication_tables order by table_name"
    )
    return [row[0] for row in found]


def _figures(table: str) -> sql.Composed:
    """Rows of a table, and a number that changes when any value in it does."""
    return sql.SQL(
        "select count(*)::text || ' '"
        " || coalesce(sum(hashtextextended(seen::text, 0)::numeric), 0)::text "
        "from {} as seen"
    ).format(sql.Identifier("published", table))


_CLAIMED = sql.SQL(
    "select string_agg(table_name || ' ' || row_count, ',' order by table_name) "
    "from published.publication_tables"
)
_RUN = sql.SQL("select string_agg(run_id, ',') from published.publication")
_DATES = sql.SQL(
    "select string_agg(distinct as_of_date::text, ',') from "
    "(select as_of_date from published.publication "
    "union all select as_of_date from published.customer_360) as dates"
)


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


class _Reader:
    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        self.settings = dataclasses.replace(Settings.from_env(), export_dir=folder)
        self.names: list[str] = []
        self.connection: psycopg.Connection | None = None

    def read(self) -> tuple[str, str]:
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


def _main(kind: str, folder: Path, patience: float) -> None:
    reader = _Reader(kind, folder)
    stop = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
    seen: dict[str, set[str]] = defaultdict(set)
    reads, slowest, error = 0, 0.0, None
    last_good = time.monotonic()
    print("ready", flush=True)
    while not stop.is_set() and not error:
        began = time.monotonic()
        try:
            run_id, content = reader.read()
        except (psycopg.OperationalError, UserError):
            reader.connection = None
            if time.monotonic() - last_good > patience:
                error = traceback.format_exc()
        except Exception:
            error = traceback.format_exc()
        else:
            seen[run_id].add(content)
            reads += 1
            last_good = time.monotonic()
            slowest = max(slowest, last_good - began)
        stop.wait(_EXPORT_PAUSE if kind == "export" else _PAUSE)
    report = {
        "kind": kind,
        "reads": reads,
        "slowest": slowest,
        "seen": {run_id: sorted(contents) for run_id, contents in seen.items()},
        "error": error,
    }
    print(json.dumps(report), flush=True)


if __name__ == "__main__":
    _main(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]))
