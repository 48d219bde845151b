"""Files into their tables: data, quarantine and manifest in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import psycopg
from psycopg import sql

from customer360 import warehouse
from customer360.errors import UserError
from customer360.ingest.ahead import made_ahead
from customer360.ingest.content import Content, Rejected
from customer360.ingest.declarations import (
    SCHEMA,
    DeclaredTable,
    declared_tables,
    is_fetched,
)
from customer360.ingest.delimited import DelimitedContent
from customer360.ingest.fit import check_whose
from customer360.ingest.json_content import JsonContent
from customer360.ingest.landing import LandingFile
from customer360.ingest.names import shown
from customer360.ingest.source import Source
from customer360.ingest.tables import BATCH_ID, SOURCE_FILE
from customer360.ingest.unloadable import UnloadableFile
from customer360.settings import Settings

MODES = ("append", "overwrite")

_QUARANTINE = """
    copy ops.quarantine (
        file_id, batch_id, source_file, table_name,
        line_number, row_number, reason, raw_record
    ) from stdin
"""
# rejected records that may wait in memory for the COPY at work to end
_MOST_WAITING = 10_000
_MOST_REASONS = 5

# what may be told of a database error, whose own text may quote the data
_REFUSALS = {
    "42": " because it lacks a right or an object",
    "53": " because it has no room left",
    "57": " because the load was cancelled",
}


@dataclass(frozen=True)
class LoadResult:
    """What became of one file. All values are plain: `to_dict` is JSON."""

    source_file: str
    table: str
    rows_read: int
    rows_loaded: int
    rows_quarantined: int
    state: Literal["loaded", "already_loaded", "failed"]
    message: str
    """What a person should know; for a failed file the rest of a sentence that
    begins with the file's name."""

    def to_dict(self) -> dict[str, Any]:
        """The result as plain values."""
        return asdict(self)


class Watcher:
    """Somebody who follows a load from outside; may raise an error to end it."""

    def connected(self, connection: psycopg.Connection) -> None:
        """The load now works on this connection."""

    def read(self, file: LandingFile, share: float, size: int) -> None:
        """So much of a file of that size has been read, from 0 to 1."""


def new_batch(settings: Settings) -> int:
    """A number for files that are loaded together; later batches are greater."""
    with warehouse.connect(settings, "loader") as connection:
        return _value(connection, "select nextval('ops.batch_id')")


def check_mode(mode: str) -> None:
    """UserError unless files can be loaded in this mode."""
    if mode not in MODES:
        raise UserError(f"The mode must be {' or '.join(MODES)}, not {mode!r}.")


def units(files: Iterable[LandingFile], mode: str) -> list[list[LandingFile]]:
    """Files that are loaded together, in one transaction.

    Each file is on its own; to `overwrite` a table takes all of its files at once,
    with those that may be its own: without them it would lose their rows.
    """
    check_mode(mode)
    if mode == "append":
        return [[file] for file in files]
    unit_of: dict[str, list[LandingFile]] = {}
    for file in files:
        unit = unit_of.setdefault(file.table, [])
        for rival in file.rivals:
            other = unit_of.setdefault(rival, unit)
            if other is not unit:
                unit += other
                unit_of |= {name: unit for name, of in unit_of.items() if of is other}
        # one that is refused goes first: it fails before the others are read
        unit.insert(0 if file.refused else len(unit), file)
    return list({id(unit): unit for unit in unit_of.values()}.values())


def load_files(
    settings: Settings,
    files: Sequence[LandingFile],
    *,
    batch_id: int,
    mode: str = "append",
    wait: float = 0,
    watcher: Watcher | None = None,
) -> list[LoadResult]:
    """Load files in one transaction, or say why not: their own faults are results.

    The same content gets into a table once, under whatever name, whoever loads it
    at the same time. In the mode `overwrite` the table's rows of earlier batches
    give way in that same transaction; files of one batch stand beside each other.
    When one file fails, none of these is loaded.

    UserError: a table is not declared, the database can't be reached, or another
    run has it and has not ended after `wait` seconds.
    """
    check_mode(mode)
    tables = {table.name: table for table in declared_tables(settings)}
    for file in files:
        if file.table not in tables:
            raise UserError(
                f"The table {SCHEMA}.{file.table} is not declared any more."
            )
    watcher = watcher or Watcher()
    loads = [_Load(file, tables, batch_id, mode) for file in files]
    try:
        with warehouse.connect(settings, "loader") as connection:
            watcher.connected(connection)
            warehouse.keep_runs_away(connection, wait=wait)
            return [load.run(connection, watcher) for load in loads]
    except (UnloadableFile, psycopg.Error) as error:
        # what fails at the commit is nobody's fault: let the last one tell it
        culprit = next((load for load in loads if not load.is_done), loads[-1])
        reasons = {load: _because_of(culprit) for load in loads}
        reasons[culprit] = _reason(error, culprit)
    with warehouse.connect(settings, "loader") as connection:
        watcher.connected(connection)
        return [load.fail(connection, reasons[load]) for load in loads]


def _because_of(culprit: _Load) -> str:
    belongs = "may belong" if culprit.is_refused else "belongs"
    return (
        f"was not loaded, because {culprit.name} failed, which {belongs} into the same "
        "table: nothing was replaced."
    )


def _reason(error: UnloadableFile | psycopg.Error, load: _Load) -> str:
    """Why a file failed; UserError when it is not the file's fault."""
    if isinstance(error, UnloadableFile):
        return str(error)
    if isinstance(error, psycopg.errors.UndefinedTable):
        raise UserError(
            f"The table {load.table} has not been made yet: run customer360 db start."
        ) from None
    state = error.sqlstate or ""
    told_by_nobody = not state and isinstance(
        error, psycopg.OperationalError | psycopg.InterfaceError
    )
    if told_by_nobody or state.startswith(("08", "57P")):
        raise UserError(
            f"The database went away while {load.name} was being loaded: load again; "
            "what is complete is not loaded twice."
        ) from None
    because = _REFUSALS.get(state[:2], "")
    return f"was refused by the database{because} (SQLSTATE {state or 'none'})."


class _Load:
    """One attempt to load one file."""

    def __init__(
        self,
        file: LandingFile,
        tables: Mapping[str, DeclaredTable],
        batch_id: int,
        mode: str,
    ) -> None:
        table = tables[file.table]
        self.name = shown(file.source_file)
        self.table = f"{SCHEMA}.{table.name}"
        self.is_done = False
        self.is_refused = file.refused is not None
        self._file = file
        self._table = table.as_read_from(file.source_file)
        self._others = [other for other in tables.values() if other is not table]
        self._batch_id = batch_id
        self._mode = mode
        self._size = 0
        self._sha256 = ""
        self._read = 0
        self._loaded = 0
        self._reasons: Counter[str] = Counter()

    def run(self, connection: psycopg.Connection, watcher: Watcher) -> LoadResult:
        """Load the file, or find that it was loaded already."""
        if self._file.refused:
            raise UnloadableFile(self._file.refused)
        with Source(
            Path(self._file.path),
            self._table.encoding,
            member=self._file.member,
            told=lambda share: watcher.read(self._file, share, self._size),
        ) as source:
            result = self._bring(connection, source)
        self.is_done = True
        return result

    def fail(self, connection: psycopg.Connection, message: str) -> LoadResult:
        """Write down that the file failed; its own transaction left nothing."""
        self._read = self._loaded = 0
        self._reasons.clear()
        file_id = self._insert_manifest(connection, "failed", message)
        self._update_manifest(connection, file_id, message)
        return self._result("failed", message)

    def _bring(self, connection: psycopg.Connection, source: Source) -> LoadResult:
        self._size = source.size
        self._sha256 = source.digest()
        self._lock(connection)
        notices = []
        later = self._overtaken(connection)
        if self._mode == "overwrite" and not later:
            removed = self._make_way(connection)
            if removed:
                notices.append(f"replaced {removed:,} rows of earlier batches")
        if earlier := self._loaded_before(connection):
            return self._result("already_loaded", "; ".join([earlier, *notices]))
        if later:
            raise UnloadableFile(
                f"was not loaded: batch {later}, begun later, has replaced the table."
            )
        if not is_fetched(self._file.source_file):
            check_whose(source.sample(), self._table, self._others)
        file_id = self._insert_manifest(connection, "loaded", None)
        content = content_of(source, self._table)
        self._copy(connection, content, file_id)
        notices += source.notices + content.notices()
        return self._finish(connection, file_id, notices)

    def _lock(self, connection: psycopg.Connection) -> None:
        """Alone in a table that is being replaced; one loader per content."""
        alone = self._mode == "overwrite"
        connection.execute(
            "select pg_advisory_xact_lock(hashtextextended(%s, 0))"
            if alone
            else "select pg_advisory_xact_lock_shared(hashtextextended(%s, 0))",
            (f"customer360 load {self._table.name}",),
        )
        connection.execute(
            "select pg_advisory_xact_lock(hashtextextended(%s, 0))",
            (f"customer360 load {self._table.name} {self._sha256}",),
        )

    def _loaded_before(self, connection: psycopg.Connection) -> str | None:
        """What to say if the table has this content already."""
        row = connection.execute(
            "select source_file, batch_id from ops.load_manifest "
            "where sha256 = %s and table_name = %s and state = 'loaded'",
            (self._sha256, self._table.name),
        ).fetchone()
        if row is None:
            return None
        name = "" if row[0] == self._file.source_file else f" as {shown(row[0])}"
        return f"the same content was loaded{name} in batch {row[1]}"

    def _overtaken(self, connection: psycopg.Connection) -> int | None:
        """The batch begun after ours that has replaced the table, if ours would.

        Of two at once the one begun last is what the table has, whoever comes first.
        """
        if self._mode != "overwrite":
            return None
        return _value(
            connection,
            "select max(batch_id) from ops.load_manifest where table_name = %s "
            "and mode = 'overwrite' and state <> 'failed' and batch_id > %s",
            self._table.name,
            self._batch_id,
        )

    def _make_way(self, connection: psycopg.Connection) -> int:
        """Remove the table's rows of earlier batches; returns how many."""
        connection.execute(
            "update ops.load_manifest set state = 'replaced' "
            "where table_name = %s and state = 'loaded' and batch_id < %s",
            (self._table.name, self._batch_id),
        )
        return connection.execute(
            sql.SQL("delete from {} where _batch_id < %s").format(
                sql.Identifier(SCHEMA, self._table.name)
            ),
            (self._batch_id,),
        ).rowcount

    def _copy(
        self, connection: psycopg.Connection, content: Content, file_id: int
    ) -> None:
        """Stream the records into the table, and those that can't be loaded into
        the quarantine.

        A COPY runs for as long as few records have to be set aside, so that
        memory stays bounded however bad the file is.
        """
        connection.execute(
            "select set_config(%s, %s, true), set_config(%s, %s, true)",
            (SOURCE_FILE, self._file.source_file, BATCH_ID, str(self._batch_id)),
        )
        with made_ahead(content.pieces()) as pieces:
            more = True
            while more:
                waiting: list[Rejected] = []
                cursor = connection.cursor()
                with cursor.copy(content.statement) as copy:
                    for piece in pieces:
                        self._read += piece.records
                        copy.write(piece.lines)
                        waiting += piece.rejected
                        if len(waiting) > _MOST_WAITING:
                            break
                    else:
                        more = False
                self._loaded += cursor.rowcount
                if waiting:
                    self._set_aside(connection, file_id, waiting)

    def _set_aside(
        self, connection: psycopg.Connection, file_id: int, rejected: list[Rejected]
    ) -> None:
        cursor = connection.cursor()
        with cursor.copy(_QUARANTINE) as copy:
            for record in rejected:
                copy.write_row(
                    (
                        file_id,
                        self._batch_id,
                        self._file.source_file,
                        self._table.name,
                        record.line,
                        record.number,
                        record.reason,
                        record.raw,
                    )
                )
        if cursor.rowcount != len(rejected):
            raise UnloadableFile(
                f"had {len(rejected)} records to set aside, of which the database "
                f"took {cursor.rowcount}: nothing of it was kept."
            )
        self._reasons.update(record.reason for record in rejected)

    def _finish(
        self, connection: psycopg.Connection, file_id: int, notices: list[str]
    ) -> LoadResult:
        # the server's own counts: a trigger, say, may have dropped rows
        quarantined = self._reasons.total()
        if self._loaded + quarantined != self._read:
            raise UnloadableFile(
                f"has {self._read} records, but {self._loaded} were loaded and "
                f"{quarantined} set aside: nothing of it was kept."
            )
        if self._reasons:
            common = self._reasons.most_common()
            common.sort(key=lambda item: (-item[1], item[0]))
            told = [f"{reason} ({count:,})" for reason, count in common[:_MOST_REASONS]]
            if len(common) > _MOST_REASONS:
                told.append(f"{len(common) - _MOST_REASONS} other reasons")
            notices = ["quarantined: " + ", ".join(told), *notices]
        message = "; ".join(notices)
        self._update_manifest(connection, file_id, message)
        return self._result("loaded", message)

    def _insert_manifest(
        self, connection: psycopg.Connection, state: str, message: str | None
    ) -> int:
        return _value(
            connection,
            "insert into ops.load_manifest (batch_id, source_file, table_name, "
            "size_bytes, sha256, mode, state, message) "
            "values (%s, %s, %s, %s, %s, %s, %s, %s) returning file_id",
            self._batch_id,
            self._file.source_file,
            self._table.name,
            self._size,
            self._sha256,
            self._mode,
            state,
            message,
        )

    def _update_manifest(
        self, connection: psycopg.Connection, file_id: int, message: str
    ) -> None:
        connection.execute(
            "update ops.load_manifest set rows_read = %s, rows_loaded = %s, "
            "rows_quarantined = %s, message = %s, finished_at = clock_timestamp() "
            "where file_id = %s",
            (self._read, self._loaded, self._reasons.total(), message, file_id),
        )

    def _result(
        self, state: Literal["loaded", "already_loaded", "failed"], message: str
    ) -> LoadResult:
        return LoadResult(
            source_file=self._file.source_file,
            table=self._table.name,
            rows_read=self._read,
            rows_loaded=self._loaded,
            rows_quarantined=self._reasons.total(),
            state=state,
            message=message,
        )


def content_of(source: Source, table: DeclaredTable) -> Content:
    """What a source holds, by the format of its table."""
    if table.format == "csv":
        return DelimitedContent(source, table)
    return JsonContent(source, table)


def _value(connection: psycopg.Connection, query: str, *values: object) -> Any:
    row = connection.execute(query, values).fetchone()
    assert row  # noqa: S101
    return row[0]
