"""Which raw tables there are: read from dbt's `_<system>__sources.yml` files.

A table is the loader's when its `meta` (or `config.meta`) names `files`. What a
source says in its own `meta` holds for all of its tables, unless they say
otherwise.
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from customer360.errors import UserError
from customer360.settings import Settings

SCHEMA = "raw"

FORMATS = ("csv", "json", "jsonl")

LINEAGE = ("_source_file", "_row_number", "_batch_id", "_loaded_at", "_extra")
"""Columns that every raw table has after its declared ones."""

_FETCHED = re.compile(r"(.+)\.fetched-\d+\.jsonl(\.gz)?")

_LONGEST_NAME = 63  # bytes; PostgreSQL cuts longer ones off
_MOST_COLUMNS = 1500


@dataclass(frozen=True)
class Column:
    """A column of a raw table, and what the header of its files calls it."""

    name: str
    header: str


@dataclass(frozen=True)
class DeclaredTable:
    """A table of the raw schema, and the files that belong into it."""

    system: str
    name: str
    columns: tuple[Column, ...]
    files: tuple[str, ...]
    """Patterns of file names, such as `customers*.csv`; case does not matter."""
    format: str
    key: tuple[str, ...]
    """Columns without which a record is worthless."""
    key_repeats: bool
    """Whether several records may have the same key."""
    delimiter: str | None
    """None: found out from the header."""
    encoding: str | None
    """None: found out from the bytes."""
    declared_in: str
    """Name of the file that declares it."""

    @property
    def qualified_name(self) -> str:
        """Name with schema, for people."""
        return f"{SCHEMA}.{self.name}"

    def as_read_from(self, file_name: str) -> DeclaredTable:
        """The declaration to read a file of this name by: what was fetched comes as
        JSON lines, whatever the table's other files are."""
        if not is_fetched(file_name):
            return self
        return dataclasses.replace(self, format="jsonl", encoding=None, delimiter=None)


def fetched_name(table: DeclaredTable, number: int) -> str:
    """Name of a file with what was fetched for the table; the last one by name has
    what is newest."""
    return f"{table.name}.fetched-{number:08d}.jsonl.gz"


def is_fetched(file_name: str, table: DeclaredTable | None = None) -> bool:
    """Whether a file of this name was fetched, for this table or for any."""
    match = _FETCHED.fullmatch(file_name.rpartition("/")[2])
    return match is not None and (table is None or match[1] == table.name)


def declared_tables(settings: Settings) -> list[DeclaredTable]:
    """Every raw table that dbt's sources declare, by name.

    UserError names the file and the table of a declaration that is wrong.
    """
    folder = settings.dbt_project_dir / "models" / "staging"
    tables = [
        table
        for path in sorted(folder.glob("**/_*__sources.yml"))
        for table in _tables_of(path.name, path.read_bytes())
    ]
    for name, count in Counter(table.name for table in tables).items():
        if count > 1:
            places = sorted({t.declared_in for t in tables if t.name == name})
            raise UserError(
                f"The table {SCHEMA}.{name} is declared {count} times, in "
                f"{' and '.join(places)}: give each an identifier of its own."
            )
    return sorted(tables, key=lambda table: table.name)


@lru_cache(maxsize=256)
def _tables_of(declared_in: str, text: bytes) -> tuple[DeclaredTable, ...]:
    try:
        document = yaml.safe_load(text) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise UserError(f"{declared_in}{where} is not valid YAML.") from None
    try:
        return tuple(
            _table(declared_in, source, table)
            for source in document.get("sources") or []
            for table in source.get("tables") or []
            if "files" in _meta(source) | _meta(table)
        )
    except (AttributeError, KeyError, TypeError):
        raise UserError(
            f"{declared_in} is not laid out as dbt's sources are: a list of sources, "
            "each with a name and a list of tables with name and columns."
        ) from None


def _table(
    declared_in: str, source: Mapping[str, Any], table: Mapping[str, Any]
) -> DeclaredTable:
    meta = _meta(source) | _meta(table)
    name = str(table.get("identifier") or table["name"])

    def wrong(what: str) -> UserError:
        return UserError(f"{declared_in}, table {name}: {what}")

    if source.get("schema", source["name"]) != SCHEMA:
        raise wrong(f"a table that files are loaded into must have schema: {SCHEMA}.")
    if meta.get("format") not in FORMATS:
        raise wrong(f"meta.format must be one of: {', '.join(FORMATS)}.")
    files = meta["files"]
    if not (isinstance(files, list) and files and all(map(_is_pattern, files))):
        raise wrong('meta.files must be a list of file names, such as ["orders*.csv"].')

    columns = tuple(_column(column) for column in table.get("columns") or [])
    names = [column.name for column in columns]
    if not columns or len(columns) > _MOST_COLUMNS:
        raise wrong(f"it needs between 1 and {_MOST_COLUMNS} columns.")
    for identifier in (name, *names):
        if not 0 < len(identifier.encode()) <= _LONGEST_NAME or "\0" in identifier:
            raise wrong(f"a name must have 1 to {_LONGEST_NAME} bytes.")
    if reserved := sorted(set(names) & set(LINEAGE)):
        raise wrong(f"the loader fills {reserved[0]} itself.")
    headers = [normalised(column.header) for column in columns]
    for things in (names, headers):
        twice = [thing for thing, count in Counter(things).items() if count > 1]
        if twice:
            raise wrong(f"the column {twice[0]} is declared twice.")

    key = meta.get("key") or []
    key = [key] if isinstance(key, str) else key
    if unknown := [column for column in key if column not in names]:
        raise wrong(f"meta.key names {unknown[0]}, which is not one of its columns.")
    delimiter = meta.get("delimiter")
    if delimiter is not None and not _is_delimiter(delimiter):
        raise wrong('meta.delimiter must be one character, such as ";" or "\\t".')
    encoding = str(meta["encoding"]) if meta.get("encoding") else None
    try:
        b"a".decode(encoding or "utf-8", "ignore")
    except LookupError:
        raise wrong(f"meta.encoding {encoding} is not an encoding of text.") from None

    return DeclaredTable(
        system=str(source["name"]),
        name=name,
        columns=columns,
        files=tuple(files),
        format=meta["format"],
        key=tuple(key),
        key_repeats=bool(meta.get("key_repeats")),
        delimiter=delimiter,
        encoding=encoding,
        declared_in=declared_in,
    )


def _column(column: Mapping[str, Any]) -> Column:
    # dbt writes a name without quotes unless told otherwise: PostgreSQL then
    # takes it for lower case
    quoted = column.get("quote") or (column.get("config") or {}).get("quote")
    name = str(column["name"])
    return Column(
        name=name if quoted else name.lower(),
        header=str(_meta(column).get("header") or name),
    )


def _meta(node: Mapping[str, Any]) -> dict[str, Any]:
    config = node.get("config") or {}
    return {**(node.get("meta") or {}), **(config.get("meta") or {})}


def normalised(header: str) -> str:
    """The form in which two names of a column are the same: `CustomerID`,
    `customer id` and `customer_id` are."""
    folded = header.casefold()
    letters = "".join(letter for letter in folded if letter.isalnum())
    return letters or folded.strip()


def _is_pattern(thing: object) -> bool:
    return isinstance(thing, str) and bool(thing) and "/" not in thing


def _is_delimiter(thing: object) -> bool:
    return (
        isinstance(thing, str)
        and len(thing) == 1
        and thing.isascii()
        and thing not in '"\r\n\0'
    )
