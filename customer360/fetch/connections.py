"""Which APIs and databases there are to fetch from: read from `connections.yml`.

What an API's client and endpoints are is said in the words of dlt's REST source.
Secrets stand in the environment: the file has their names, as `${NAME}`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl

import yaml

from customer360.errors import UserError
from customer360.ingest.declarations import SCHEMA, DeclaredTable, declared_tables
from customer360.settings import Settings

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SECRET = re.compile(
    r"(key|token|secret|password|passwd|passphrase|credentials?|authorization|cookie)\]*$",
    re.IGNORECASE,
)
_NO_SECRET = re.compile(
    # of records and pages, two of them dlt's own: cursor_key, links_next_key
    r"(primary|foreign|unique|sort|order|group|partition|merge|public|publishable|issue"
    r"|project|page|cursor|next|continuation|sync|idempotency)[\[_-]?(key|token)\]*$",
    re.IGNORECASE,
)
_PASSWORD_OF_URL = re.compile(r"://[^/?#@]*?:([^/?#]+)@")
# of an API's client; what else dlt knows there are objects, which no file can hold
_CLIENT = ("base_url", "headers", "auth", "paginator")
_ENDPOINT = ("path", "method", "params", "json", "data_selector", "paginator")
_INCREMENTAL = ("cursor_path", "lag")
_KNOWN = {
    "api": (*_ENDPOINT, "headers", "incremental", "rename"),
    "database": ("schema", "table", "incremental", "rename"),
}
_KNOWN_INCREMENTAL = {
    "api": (*_INCREMENTAL, "start_param", "initial_value"),
    "database": _INCREMENTAL,
}


@dataclass(frozen=True)
class FetchedTable:
    """What is fetched for one raw table."""

    table: DeclaredTable
    place: Mapping[str, Any]
    """An API's endpoint, or a table of a database."""
    incremental: Mapping[str, Any]
    """How it is told what is new; empty: everything is fetched each time."""
    rename: Mapping[str, str]
    """Names of members or columns there, and what the raw table calls them."""


@dataclass(frozen=True)
class Connection:
    """An API or a database that is fetched from."""

    name: str
    kind: Literal["api", "database"]
    way: Mapping[str, Any]
    """An API's client; of a database `url`."""
    tables: tuple[FetchedTable, ...]

    def resolved(self, value: Any) -> Any:
        """The value with each `${NAME}` replaced by that variable of the
        environment; UserError if there is none."""
        if isinstance(value, Mapping):
            return {name: self.resolved(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.resolved(inner) for inner in value]
        return _VARIABLE.sub(self._variable, value) if isinstance(value, str) else value

    def without_secrets(self, text: str) -> str:
        """The text with what the environment holds for this connection left out."""
        for name in _VARIABLE.findall(str([self.way, [t.place for t in self.tables]])):
            if secret := os.environ.get(name):
                text = text.replace(secret, f"${{{name}}}")
        return text

    def _variable(self, match: re.Match[str]) -> str:
        value = os.environ.get(match[1])
        if not value:
            raise UserError(
                f"The connection {self.name} needs the environment variable "
                f"{match[1]}, which is not set."
            )
        return value


def declared_connections(settings: Settings) -> list[Connection]:
    """Every connection, in the order of the file; none if there is no file.

    UserError says what is wrong with it. No secret is looked for.
    """
    path = settings.connections_file
    if path is None or not settings.has_connections:
        return []
    document = _read(path)
    declared = {table.name: table for table in declared_tables(settings)}
    try:
        return [
            _connection(path.name, str(name), given, declared)
            for name, given in (document.get("connections") or {}).items()
        ]
    except (AttributeError, TypeError):
        raise UserError(
            f"{path.name} is not laid out as connections are: each under its name, "
            "with api or database, and tables by their names in the raw schema."
        ) from None


class _Loader(yaml.SafeLoader):
    """YAML whose dates stay text: an API is asked for them as they are written."""


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if "timestamp" not in tag]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _read(path: Path) -> Mapping[str, Any]:
    try:
        # a loader without objects of Python
        return yaml.load(path.read_bytes(), _Loader) or {}  # noqa: S506
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise UserError(f"{path.name}{where} is not valid YAML.") from None


def _connection(
    file: str,
    name: str,
    given: Mapping[str, Any],
    declared: Mapping[str, DeclaredTable],
) -> Connection:
    def wrong(what: str) -> UserError:
        return UserError(f"{file}, connection {name}: {what}")

    if not _NAME.fullmatch(name):
        raise wrong("its name must be small letters, digits and underscores.")
    kinds = [kind for kind in _KNOWN if kind in given]
    if len(kinds) != 1 or set(given) - {*kinds, "tables"}:
        raise wrong("it must have either api or database, and tables.")
    kind: Any = kinds[0]
    way = given[kind] if kind == "api" else {"url": given[kind]}
    if kind == "api" and not way.get("base_url"):
        raise wrong("an api needs a base_url.")
    if kind == "api" and (unknown := [key for key in way if key not in _CLIENT]):
        raise wrong(f"there is no {unknown[0]} in an api: only {_listed(_CLIENT)}.")
    if kind == "database" and not _VARIABLE.fullmatch(str(given[kind])):
        raise wrong(
            "database must be ${NAME}: the name of an environment variable that holds "
            "a URL like postgresql://user:password@host:5432/database."
        )
    tables = []
    for table, options in (given["tables"] or {}).items():
        if table not in declared:
            raise wrong(
                f"there is no table {SCHEMA}.{table}: declare it, in a file such as "
                "models/staging/shop/_shop__sources.yml."
            )
        fault = _fault(kind, options)
        if fault:
            raise wrong(f"table {table}: {fault}")
        tables.append(_fetched(declared[table], options))
    if not tables:
        raise wrong("it has no tables.")
    if secret := _written_out(name, [way, *(table.place for table in tables)]):
        raise wrong(
            f"{secret} must be ${{NAME}}, the name of an environment variable, not the "
            "secret itself."
        )
    return Connection(name, kind, way, tuple(tables))


def _fault(kind: str, options: Mapping[str, Any]) -> str:
    """What is wrong with a table's options, or nothing."""
    if unknown := [key for key in options if key not in _KNOWN[kind]]:
        return f"there is no {unknown[0]}: only {_listed(_KNOWN[kind])}."
    needed = "path" if kind == "api" else "table"
    if not isinstance(options.get(needed), str):
        return f"it needs a {needed}."
    known, incremental = _KNOWN_INCREMENTAL[kind], options.get("incremental")
    if incremental is None:
        return ""
    if unknown := [key for key in incremental if key not in known]:
        return f"there is no {unknown[0]} in incremental: only {_listed(known)}."
    if not isinstance(incremental.get("cursor_path"), str):
        return "incremental needs a cursor_path."
    return ""


def _fetched(table: DeclaredTable, options: Mapping[str, Any]) -> FetchedTable:
    ours = ("incremental", "rename")
    return FetchedTable(
        table=table,
        place={name: value for name, value in options.items() if name not in ours},
        incremental=options.get("incremental") or {},
        rename=options.get("rename") or {},
    )


def _written_out(name: str, value: Any) -> str | None:
    """Name of a secret that the file holds itself, if there is one.

    In the value of this name, and in all that lies within it.
    """
    if isinstance(value, Mapping):
        within = [_written_out(str(inner), given) for inner, given in value.items()]
        return next(filter(None, within), None)
    if isinstance(value, list | tuple):
        within = [_written_out(name, given) for given in value]
        return next(filter(None, within), None)
    if value is None or value == "" or isinstance(value, bool):
        return None
    text = str(value)
    if _is_of_a_secret(name) and not _VARIABLE.search(text):
        return name
    password = _PASSWORD_OF_URL.search(text)
    if password and not _VARIABLE.search(password[1]):
        return f"the password in {name}"
    for param, given in parse_qsl(text.partition("?")[2]):
        if _is_of_a_secret(param) and not _VARIABLE.search(given):
            return f"{param} in {name}"
    return None


def _is_of_a_secret(name: str) -> bool:
    return bool(_SECRET.search(name)) and not _NO_SECRET.search(name)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names)
