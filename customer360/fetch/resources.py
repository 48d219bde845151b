"""dlt's part: pages, retries, cursors. Imported only where there is a connection."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any

from customer360.errors import UserError
from customer360.fetch.answers import Answers
from customer360.fetch.connections import Connection, FetchedTable
from customer360.fetch.faults import explained
from customer360.settings import Settings

_ROWS = 5000
"""Rows of a database that are in memory at a time."""
_TEXT = "{} as text"


@dataclass
class Cursor:
    """How far a table has been fetched: what dlt remembers of it."""

    state: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def loads(cls, text: str) -> Cursor:
        """The cursor that `dumps` gave."""
        from dlt.common.json import json

        return cls(json.typed_loads(text))

    def dumps(self) -> str:
        """The cursor as JSON."""
        from dlt.common.json import json

        return json.typed_dumps(self.state)


class Written(Decimal):
    """A number of an API's answer, to be written as it came."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text


def keep_at_home(settings: Settings) -> None:
    """Have dlt read and write nothing outside C360_HOME, tell nobody, and be quiet.

    Its settings for requests may stand in the environment (`RUNTIME__REQUEST_…`).
    Before its first import.
    """
    home = str(settings.home / "dlt")
    os.environ |= {
        "DLT_PROJECT_DIR": home,
        "DLT_LOCAL_DIR": home,
        "DLT_DATA_DIR": home,
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        # its messages quote records and addresses
        "RUNTIME__LOG_LEVEL": "CRITICAL",
        # the other one refuses numbers of more than 64 bits
        "DLT_USE_JSON": "simplejson",
    }


def records(
    connection: Connection, table: FetchedTable, cursor: Cursor
) -> Iterator[dict[str, Any]]:
    """What is new in a table, record by record; moves the cursor when all was given.

    UserError says why it can't be fetched, without secrets and without data.
    """
    from dlt.common.configuration.container import Container
    from dlt.common.pipeline import StateInjectableContext

    where = f"{connection.name}, table {table.table.name}"
    answers = Answers(where, table.place.get("data_selector"), cursor.state)
    with explained(connection, table), warnings.catch_warnings():
        # such as a column of a type that SQLAlchemy does not know
        warnings.simplefilter("ignore")
        if connection.kind == "api":
            resource = _endpoint(connection, table, answers)
        else:
            resource = _rows(connection, table)
        with Container().injectable_context(StateInjectableContext(state=cursor.state)):
            yield from resource
        if connection.kind == "api":
            answers.check()


# ---- an API --------------------------------------------------------------


def _endpoint(
    connection: Connection, table: FetchedTable, answers: Answers
) -> Iterator[dict[str, Any]]:
    from dlt.sources.rest_api import rest_api_resources

    endpoint = dict(connection.resolved(table.place))
    if table.incremental:
        endpoint["incremental"] = {**table.incremental, **_INCREMENTAL}
    session = _session(answers)
    [resource] = rest_api_resources(
        {
            "client": {**connection.resolved(connection.way), "session": session},
            "resources": [{"name": table.table.name, "endpoint": endpoint}],
        }
    )
    return resource


_INCREMENTAL = {
    # what has no cursor is fetched each time rather than lost
    "on_cursor_value_missing": "include",
    "allow_external_schedulers": False,
}


def _session(answers: Answers) -> Any:
    """A session that tries again, reads numbers as they are written, and has a look
    at what is answered."""
    from dlt.sources.helpers.requests.retry import Client

    client = Client(raise_for_status=False)
    client.configure()
    session = client.session
    send = session.send

    def sent(*args: Any, **options: Any) -> Any:
        response = send(*args, **options)
        read = partial(response.json, parse_float=Written)

        def looked_at(**options: Any) -> Any:
            body = read(**options)
            answers.read(body)
            return body

        response.json = looked_at
        return response

    session.send = sent
    return session


# ---- a database ----------------------------------------------------------


def _rows(connection: Connection, table: FetchedTable) -> Iterator[dict[str, Any]]:
    from dlt.sources import incremental
    from dlt.sources.sql_database import sql_table

    cursor, name = None, table.incremental.get("cursor_path")
    if name:
        cursor = incremental(
            f'"{name}"',
            # rows are the same if all columns are: several versions of one may have
            # the same cursor
            primary_key=list,
            lag=table.incremental.get("lag"),
            **_INCREMENTAL,
        )
    engine = _engine(connection)
    try:
        for row in sql_table(
            engine,
            table.place["table"],
            schema=table.place.get("schema"),
            incremental=cursor,
            chunk_size=_ROWS,
            reflection_level="minimal",
            query_adapter_callback=_as_text,
        ):
            if name:
                row[name] = row.pop(_TEXT.format(name))
            yield row
    finally:
        engine.dispose()


def _as_text(query: Any, table: Any, incremental: Any, engine: Any) -> Any:
    """The query, of all columns as PostgreSQL writes them, and the cursor as it is."""
    import sqlalchemy as sa

    cursor = incremental and incremental.get_cursor_column_name()
    columns = [
        sa.cast(column, sa.Text).label(
            _TEXT.format(column.name) if column.name == cursor else column.name
        )
        for column in table.columns
    ]
    if cursor:
        columns.append(table.columns[cursor])
    # the same rows are the same file; not every type has an order, but texts have one
    order = list(table.primary_key.columns) or [
        *columns[len(table.columns) :],
        *(sa.collate(sa.cast(column, sa.Text), "C") for column in table.columns),
    ]
    return query.with_only_columns(*columns).order_by(*order)


def _engine(given: Connection) -> Any:
    import psycopg
    import sqlalchemy as sa
    from psycopg.conninfo import conninfo_to_dict

    try:
        params = conninfo_to_dict(given.resolved(given.way["url"]))
    except psycopg.Error:
        # libpq's message would quote parts of the URL
        raise UserError(
            f"{given.name}: the URL in {given.way['url']} cannot be read. Write "
            "special characters in the user name or password percent-encoded."
        ) from None

    def connect() -> Any:
        connection = psycopg.connect(
            **{"connect_timeout": "10", "application_name": "customer360", **params}
        )
        connection.execute("set session characteristics as transaction read only")
        for name, value in {
            "client_encoding": "utf8",
            "timezone": "UTC",
            "datestyle": "ISO",
            "intervalstyle": "iso_8601",
            "bytea_output": "hex",
            "extra_float_digits": "1",
        }.items():
            connection.execute("select set_config(%s, %s, false)", (name, value))
        connection.commit()
        return connection

    return sa.create_engine("postgresql+psycopg://", creator=connect)
