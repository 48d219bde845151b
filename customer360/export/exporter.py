"""Export: every published table, as of one moment, to a file each."""

from __future__ import annotations

import time
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from rich.console import Console

from customer360 import warehouse
from customer360.errors import UserError
from customer360.export.dialect import (
    BYTE_ORDER_MARK,
    DIALECT,
    SESSION,
    copy_command,
    kind_of,
)
from customer360.export.folder import ExportFolder, open_folder
from customer360.settings import Settings

_FORMAT = 1
"""Version of the manifest's own layout."""

_NOTHING = "Nothing has been published yet: run customer360 publish (or run) first."
_ATTEMPTS = 20


@dataclass(frozen=True)
class ExportedFile:
    """One file of an export."""

    path: Path
    table: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True)
class _Table:
    """A published table, as the publication describes it."""

    name: str
    key: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    """Names and SQL types, in the contract's order."""


class _Changed(Exception):
    """A publication with other tables or columns came in between."""


def export(settings: Settings, *, console: Console | None = None) -> list[ExportedFile]:
    """Write every published table to `<table>.csv` in the export folder.

    All files are of one publication. `manifest.json`, written last, lists them;
    the same publication gives the same bytes, here and anywhere. UserError when
    nothing is published or the folder cannot be written to.
    """
    started = time.monotonic()
    with open_folder(settings.export_dir) as folder:
        warehouse.ensure_ready(settings)
        with warehouse.connect(
            settings,
            "reporter",
            application_name="customer360 export",
            autocommit=True,
        ) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            try:
                files, manifest = _read(connection, folder, console)
            except psycopg.OperationalError as error:
                reason = error.diag.message_primary or str(error).splitlines()[0]
                raise UserError(
                    f"Nothing was exported, for the database said: {reason}. Export "
                    "again once that is put right."
                ) from None
        folder.replace_all(manifest)
    if console:
        _report(console, settings.export_dir, files, time.monotonic() - started)
    return files


def _read(
    connection: psycopg.Connection, folder: ExportFolder, console: Console | None
) -> tuple[list[ExportedFile], dict[str, Any]]:
    """Write all files and say what the manifest should."""
    for _ in range(_ATTEMPTS):
        try:
            expected = _tables(connection)
            with connection.transaction():
                _lock(connection, expected)
                publication = _publication(connection)
                files = [
                    _write(connection, folder, table, console) for table in expected
                ]
        except _Changed:
            continue
        return files, _manifest(*publication, expected, files)
    raise UserError(
        "Nothing was exported: the published tables kept changing. Export again when "
        "publishing has ended."
    )


def _lock(connection: psycopg.Connection, expected: list[_Table]) -> None:
    """Keep the tables' columns as they are until the end of the transaction.

    Locks come before the transaction's snapshot, which the first query takes: so
    what is seen from then on is all of one publication.
    """
    for table in expected:
        try:
            connection.execute(
                sql.SQL("lock table {} in access share mode").format(
                    _published(table.name)
                )
            )
        except psycopg.errors.UndefinedTable:
            raise _Changed from None
    if _tables(connection) != expected:
        raise _Changed


def _tables(connection: psycopg.Connection) -> list[_Table]:
    try:
        found = connection.execute(
            "select table_name, primary_key, column_names, column_types "
            "from published.publication_tables order by table_name"
        ).fetchall()
    except psycopg.errors.UndefinedTable:
        raise UserError(_NOTHING) from None
    return [
        _Table(name, tuple(key), tuple(zip(names, types, strict=True)))
        for name, key, names, types in found
    ]


def _publication(connection: psycopg.Connection) -> tuple[str, date | None]:
    """Run and as-of date of what is published."""
    row = connection.execute(
        "select run_id, as_of_date from published.publication"
    ).fetchone()
    if row is None:
        raise UserError(_NOTHING)
    return row


def _write(
    connection: psycopg.Connection,
    folder: ExportFolder,
    table: _Table,
    console: Console | None,
) -> ExportedFile:
    status = console.status(f"Exporting {table.name}") if console else nullcontext()
    for name, value in SESSION.items():
        connection.execute("select set_config(%s, %s, true)", (name, value))
    command = copy_command(_published(table.name), table.columns, table.key)
    name = f"{table.name}.csv"
    with status, connection.cursor() as cursor:
        with cursor.copy(command) as copy:
            written = folder.write(name, chain([BYTE_ORDER_MARK], copy))
        rows = cursor.rowcount
    return ExportedFile(
        folder.path / name, table.name, rows, written.bytes, written.sha256
    )


def _published(table: str) -> sql.Identifier:
    return sql.Identifier("published", table)


def _manifest(
    run_id: str,
    as_of_date: date | None,
    tables: list[_Table],
    files: list[ExportedFile],
) -> dict[str, Any]:
    # no clock, no machine, no database: the same data give the same manifest
    return {
        "format": _FORMAT,
        "run_id": run_id,
        "as_of_date": as_of_date.isoformat() if as_of_date else None,
        "dialect": DIALECT,
        "files": [
            {
                "file": file.path.name,
                "table": table.name,
                "rows": file.rows,
                "bytes": file.bytes,
                "sha256": file.sha256,
                "primary_key": table.key,
                "columns": [
                    {"name": name, "type": kind_of(sql_type), "sql_type": sql_type}
                    for name, sql_type in table.columns
                ],
            }
            for table, file in zip(tables, files, strict=True)
        ],
    }


def _report(
    console: Console, folder: Path, files: list[ExportedFile], seconds: float
) -> None:
    rows = sum(file.rows for file in files)
    size = sum(file.bytes for file in files)
    console.print(
        f"Exported {len(files)} files, {rows:,} rows, {size / 1e6:,.1f} MB, to "
        f"{folder} ({seconds:.1f} s).",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
