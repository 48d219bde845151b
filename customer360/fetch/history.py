"""What was fetched before, and so where to go on: the table ops.fetched_files."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, LiteralString

import psycopg

_UNSURE = """
    select
        source_file,
        sha256,
        cast(cursor_before as text),
        (
            select min(beside.file_id) from ops.fetched_files as beside
            where
                beside.connection = fetched_files.connection
                and beside.table_name = fetched_files.table_name
                and beside.fetched_at = fetched_files.fetched_at
        )
    from ops.fetched_files
    where
        connection = %(connection)s
        and table_name = %(table)s
        and not exists (
            select from ops.load_manifest
            where
                load_manifest.sha256 = fetched_files.sha256
                and load_manifest.table_name = fetched_files.table_name
                and load_manifest.state = 'loaded'
        )
    order by file_id
"""
_LATEST = """
    select cast(cursor_after as text)
    from ops.fetched_files
    where connection = %(connection)s and table_name = %(table)s
    order by file_id desc
    limit 1
"""
_LAST_CONTENT = """
    select content_sha256
    from ops.fetched_files
    where
        connection = %(connection)s
        and table_name = %(table)s
        and fetched_at = (
            select max(fetched_at) from ops.fetched_files
            where connection = %(connection)s and table_name = %(table)s
        )
    order by file_id
"""
_OUTDATED = """
    select from ops.load_manifest as loaded
    where
        loaded.sha256 = %(sha256)s
        and loaded.table_name = %(table)s
        and loaded.state = 'loaded'
        and (
            %(follows_new)s
            or exists (
                select from ops.load_manifest as later
                where
                    later.table_name = loaded.table_name
                    and later.state = 'loaded'
                    -- as staging has it: files are loaded side by side
                    and (later.batch_id, later.source_file collate "C")
                    > (loaded.batch_id, loaded.source_file collate "C")
            )
        )
"""
_LOADED = """
    select from ops.load_manifest
    where sha256 = %(sha256)s and table_name = %(table)s and state = 'loaded'
"""
_REMEMBER = """
    insert into ops.fetched_files (
        file_id, connection, table_name, source_file, content_sha256, sha256,
        records, cursor_before, cursor_after
    ) values (
        %(file_id)s, %(connection)s, %(table)s, %(source_file)s, %(content_sha256)s,
        %(sha256)s, %(records)s, %(before)s, %(after)s
    )
"""
_FORGET = """
    delete from ops.fetched_files
    where
        connection = %(connection)s
        and table_name = %(table)s
        and file_id between %(first)s and %(last)s
    returning source_file
"""
_GREATEST = (1 << 63) - 1


@dataclass(frozen=True)
class FetchedFile:
    """A file in the landing folder that was fetched."""

    file_id: int
    source_file: str
    """Its path relative to the landing folder."""
    content_sha256: str
    """Of its records."""
    sha256: str
    """Of all of its content: the manifest knows it by that."""
    records: int


class History:
    """The fetches of one table from one connection."""

    def __init__(
        self, database: psycopg.Connection, connection: str, table: str
    ) -> None:
        self._database = database
        self._names = {"connection": connection, "table": table}
        self._waiting: set[str] = set()

    def resume(self, landing: Path) -> str:
        """The cursor to go on from, as JSON.

        What a fetch that was killed had noted, and not yet moved, is moved. Where a
        file is neither in the landing folder nor loaded any more, what it held is
        lost: the cursor goes back to where the fetch began that brought it.
        """
        unsure = self._rows(_UNSURE)
        for source_file, *_ in unsure:
            with suppress(FileNotFoundError):
                self.move(landing, source_file)
        there = [row for row in unsure if (landing / row[0]).exists()]
        self._waiting = {sha256 for _, sha256, *_ in there}
        for row in unsure:
            if row not in there:
                *_, cursor, first = row
                self._rows(_FORGET, first=first, last=_GREATEST)
                return cursor
        latest = self._rows(_LATEST)
        return latest[0][0] if latest else "{}"

    def last_content(self) -> list[str]:
        """Digests of what the last fetch brought, file by file."""
        return [digest for (digest,) in self._rows(_LAST_CONTENT)]

    def is_outdated(self, sha256: str, previous: str | None) -> bool:
        """Whether a file with these bytes would not count as newer than the rest.

        The table has one and other ones since, or will have: the `previous` file of
        this fetch is new to it. Or one waits to be loaded, with an older name.
        """
        follows_new = previous is not None and not self._rows(_LOADED, sha256=previous)
        return sha256 in self._waiting or bool(
            self._rows(_OUTDATED, sha256=sha256, follows_new=follows_new)
        )

    def prepared(self, landing: Path, source_file: str) -> Path:
        """Where a file lies that is complete, and noted before it is moved."""
        path = landing / source_file
        hidden = ".{connection}.{table}.".format(**self._names)
        return path.with_name(hidden + path.name)

    def move(self, landing: Path, source_file: str) -> None:
        """Give a file that was noted its name in the landing folder."""
        self.prepared(landing, source_file).replace(landing / source_file)

    def next_id(self) -> int:
        """A number for a file; later files have greater ones."""
        return self._rows("select nextval('ops.fetched_file_id')")[0][0]

    def remember(self, files: Sequence[FetchedFile], before: str, after: str) -> None:
        """Move the cursor, now that these files are safe on disk.

        All of them are noted before the first is moved: a fetch that ends in between
        is completed, not begun again, so that no earlier version of a record comes
        after a later one.
        """
        with self._database.transaction():
            for file in files:
                self._database.execute(
                    _REMEMBER,
                    {**self._names, **asdict(file), "before": before, "after": after},
                )

    def forget_before(self, file: FetchedFile) -> list[str]:
        """Forget earlier files, which this one stands in for; returns their names."""
        return [name for (name,) in self._rows(_FORGET, first=0, last=file.file_id - 1)]

    def _rows(self, query: LiteralString, **values: Any) -> list[tuple[Any, ...]]:
        return self._database.execute(query, {**self._names, **values}).fetchall()
