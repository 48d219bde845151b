"""Why something could not be fetched: for a person, without secrets and records."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from customer360.errors import UserError
from customer360.fetch.connections import Connection, FetchedTable
from customer360.pipeline.messages import without_values

if TYPE_CHECKING:
    import requests

_NO_ACCESS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


class Unreachable(UserError):
    """A connection of which no other table need be tried."""


@contextmanager
def explained(connection: Connection, table: FetchedTable) -> Iterator[None]:
    """Say as a `UserError` what an API, a database or dlt objects to.

    Their own texts are left out where they may quote records, addresses with keys
    in them, or what was given to log in with.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        told = _told(connection, table, error)
        raise type(told)(connection.without_secrets(str(told))) from None


def _told(connection: Connection, table: FetchedTable, error: Exception) -> UserError:
    import requests
    import sqlalchemy.exc
    from dlt.common.exceptions import DictValidationException
    from dlt.extract.incremental.exceptions import IncrementalCursorInvalidCoercion

    where = f"{connection.name}, table {table.table.name}"
    cursor = table.incremental.get("cursor_path")
    for cause in _causes(error):
        match cause:
            case UserError():
                return cause
            case requests.HTTPError(response=requests.Response() as response):
                return _refusal(connection.name, where, response)
            case requests.exceptions.JSONDecodeError():
                return UserError(f"{where}: the answer is not JSON.")
            case requests.RequestException():
                return _silence(connection, cause)
            case sqlalchemy.exc.NoSuchTableError():
                return UserError(
                    f"{where}: there is no table {table.place['table']}, or its user "
                    "may not see it."
                )
            case sqlalchemy.exc.DBAPIError(orig=Exception() as original):
                return _database(connection.name, where, original)
            case IncrementalCursorInvalidCoercion():
                return UserError(
                    f"{where}: the values of {cursor} are of kinds that can't be "
                    "compared with each other."
                )
            case DictValidationException(field=field):
                what = "table" if str(field).startswith("resources") else field
                return UserError(
                    f"{where}: dlt's REST source does not take what is said of the "
                    f"{what}."
                )
            case ValueError() | TypeError() if cause is error:
                # dlt's, of what the file says: no record has been read yet
                return UserError(f"{where}: {_first_line(cause)}")
            case KeyError() if connection.kind == "database" and cursor:
                return UserError(f"{where}: there is no column {cursor}.")
            case ValueError() if connection.kind == "api":
                return UserError(
                    f"{where}: the answer has not what the paginator looks for."
                )
    return UserError(f"{where}: it failed ({type(cause).__name__}).")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error:
        yield error
        error = error.__cause__ or error.__context__


def _refusal(name: str, where: str, response: requests.Response) -> UserError:
    answer = f"{response.status_code} {response.reason or ''}".strip()
    if response.status_code in _NO_ACCESS:
        return Unreachable(f"{name}: the API does not let us in ({answer}).")
    return UserError(f"{where}: the API answers {answer}.")


def _silence(connection: Connection, error: requests.RequestException) -> UserError:
    import requests

    host = urlsplit(connection.way["base_url"]).netloc.rpartition("@")[2]
    what = "does not answer" if isinstance(error, requests.Timeout) else "is not there"
    return Unreachable(f"{connection.name}: {host} {what}.")


def _database(name: str, where: str, error: Exception) -> UserError:
    import psycopg

    if not isinstance(error, psycopg.Error):
        return UserError(f"{where}: it failed ({type(error).__name__}).")
    state = error.sqlstate or ""
    text = error.diag.message_primary or _first_line(error)
    if isinstance(error, psycopg.OperationalError) and not state.startswith("53"):
        reason = text.removeprefix("connection failed: ").rstrip(".")
        return Unreachable(f"{name}: no connection ({reason}).")
    if not state:
        # psycopg's own, of a value that Python has nothing for
        return UserError(f"{where}: it failed ({type(error).__name__}).")
    return UserError(f"{where}: the database answers: {without_values(text)}.")


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{lines[0].rstrip('.')}." if lines else "no reason given."
