"""How each part of the product reaches the database, and as whom."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

import psycopg
from psycopg import sql

from customer360.errors import UserError
from customer360.settings import Settings
from customer360.warehouse.location import Embedded, Given, locate
from customer360.warehouse.server import (
    ADMIN,
    EmbeddedServer,
    is_recovering,
    socket_params,
)

Role = Literal["admin", "loader", "transformer", "publisher", "reporter"]

ROLES = ("loader", "transformer", "publisher", "reporter")
OLDEST_SERVER = 15

_WATCH = "2s"
"""How often a busy server looks whether its client still lives: a killed client's
query stops instead of holding its locks."""

_PATIENCE = 60.0
"""Seconds that a server which is not ours may take to recover from a crash."""


@dataclass(frozen=True)
class Access:
    """What one role's connection needs."""

    params: dict[str, str]
    """libpq's connection parameters."""
    set_role: str = ""
    """The role to take on after logging in; empty when one logs in as it."""


def role_name(role: Role) -> str:
    """PostgreSQL's name of one of our roles."""
    if role not in ROLES:
        raise ValueError(f"no such role: {role}; there are admin, {', '.join(ROLES)}")
    return f"c360_{role}"


def access(settings: Settings, role: Role) -> Access:
    """How to connect as `role`; UserError when the embedded server was never made."""
    user = ADMIN if role == "admin" else role_name(role)
    where = locate(settings)
    if isinstance(where, Given):
        return Access(where.params, "" if role == "admin" else user)
    return Access(embedded_params(EmbeddedServer(where.home), user, where.database), "")


def embedded_params(server: EmbeddedServer, user: str, database: str) -> dict[str, str]:
    """libpq's parameters for the embedded server's socket."""
    address = server.address()
    if address is None:
        raise UserError(
            "The embedded database has not been made yet: run customer360 db start."
        )
    return socket_params(address, user, database)


def connect(
    settings: Settings,
    role: Role,
    *,
    application_name: str = "customer360",
    autocommit: bool = False,
) -> psycopg.Connection:
    """Connect as one of the product's roles (`admin`: the superuser or URL's user).

    On a server that was given the connection is the URL's user's, acting as the
    role; where that user may not, as itself. Times come and go in UTC. UserError
    says what to do when there is no connection.
    """
    way = access(settings, role)
    connection = open_connection(settings, way.params, application_name)
    try:
        if way.set_role and acts_as_roles(connection):
            connection.execute(
                sql.SQL("set role {}").format(sql.Identifier(way.set_role))
            )
        connection.autocommit = autocommit
    except BaseException:
        connection.close()
        raise
    return connection


def open_connection(
    settings: Settings, params: dict[str, str], application_name: str
) -> psycopg.Connection:
    """Connect in autocommit mode, with the session settings that all of ours have.

    A server that recovers from a crash is waited for.
    """
    where = locate(settings)
    give_up = time.monotonic() + _PATIENCE
    while True:
        try:
            return _open(params, application_name)
        except psycopg.ProgrammingError as error:
            # an option of the URL that psycopg itself reads
            raise UserError(_no_connection(error)) from None
        except psycopg.OperationalError as error:
            if not _passes(where, error) or time.monotonic() > give_up:
                raise UserError(_advice(where, error)) from None
            if isinstance(where, Embedded) and is_recovering(error):
                # it is running, so this waits for as long as it makes progress
                EmbeddedServer(where.home).start()
                give_up = time.monotonic() + _PATIENCE
        time.sleep(0.1)


def _open(params: dict[str, str], application_name: str) -> psycopg.Connection:
    defaults = {
        "connect_timeout": "10",
        # a pipeline's lock is a connection that stays silent for an hour
        "keepalives_idle": "60",
        "keepalives_interval": "15",
    }
    if "host" in params:
        # a PGHOSTADDR in the environment would lead to another server
        defaults["hostaddr"] = ""
    ours = {"application_name": application_name, "client_encoding": "utf8"}
    connection = psycopg.connect(**{**defaults, **params, **ours}, autocommit=True)
    try:
        connection.execute("set time zone 'UTC'")
        # a server on Windows cannot watch its clients
        with suppress(psycopg.errors.InvalidParameterValue):
            connection.execute(f"set client_connection_check_interval = '{_WATCH}'")
    except BaseException:
        connection.close()
        raise
    return connection


def _passes(where: Embedded | Given, error: psycopg.OperationalError) -> bool:
    """Whether the same attempt may succeed in a moment."""
    # our own server only hangs up on us when it is about to recover; another that
    # does may be anything
    crashing = isinstance(where, Embedded) and _says(
        str(error), "closed the connection", "terminating connection"
    )
    return crashing or is_recovering(error)


def acts_as_roles(connection: psycopg.Connection) -> bool:
    """Whether the database was set up with roles that this user can take on."""
    try:
        row = connection.execute("select ops.uses_roles()").fetchone()
    except (
        psycopg.errors.UndefinedFunction,
        psycopg.errors.InvalidSchemaName,
        psycopg.errors.InsufficientPrivilege,
    ):
        return False
    return bool(row and row[0])


def client_environment(
    settings: Settings, role: Role = "transformer"
) -> dict[str, str]:
    """Return the environment by which libpq and dbt connect as `role`.

    `C360_DBT_ROLE` is the role dbt has to SET after logging in: empty on the
    embedded server, where one logs in as the role itself. The database must be
    ready.
    """
    way = access(settings, role)
    environment = {}
    for option in psycopg.pq.Conninfo.get_defaults():
        keyword = option.keyword.decode()
        if option.envvar and way.params.get(keyword):
            environment[option.envvar.decode()] = way.params[keyword]
    environment |= {"PGTZ": "UTC", "PGCLIENTENCODING": "UTF8", "C360_DBT_ROLE": ""}

    where = locate(settings)
    if isinstance(where, Embedded):
        passwords = EmbeddedServer(where.home).passwords()
        # the socket asks for none, but clients such as dbt insist on giving one
        environment["PGPASSWORD"] = passwords.get(way.params["user"], "")
        return environment

    with open_connection(settings, way.params, "customer360 env") as connection:
        info = connection.info
        environment |= {
            "PGHOST": info.host or info.hostaddr,
            "PGPORT": str(info.port),
            "PGUSER": info.user,
            "PGDATABASE": info.dbname,
        }
        if info.password:
            environment["PGPASSWORD"] = info.password
        if way.set_role and acts_as_roles(connection):
            environment["C360_DBT_ROLE"] = way.set_role
        watching = connection.execute(
            "select current_setting('client_connection_check_interval')"
        ).fetchone()
    if watching and watching[0] != "0":
        options = way.params.get("options", "")
        environment["PGOPTIONS"] = (
            f"{options} -c client_connection_check_interval={_WATCH}"
        ).strip()
    return environment


def _advice(where: Embedded | Given, error: psycopg.OperationalError) -> str:
    # libpq gives failed connections no code; servers we know speak English
    text = str(error)
    if isinstance(where, Embedded):
        if _says(text, "No such file", "Connection refused"):
            return "The embedded database is not running: run customer360 db start."
        if _says(text, "Permission denied"):
            return (
                f"No permission for the database under {where.home}: run this as the "
                "user it belongs to, or set C360_HOME to a folder of your own."
            )
        return f"The embedded database does not answer: {_last_line(text)}"

    user = where.params.get("user", "your user")
    host = where.params.get("host", "this machine")
    port = where.params.get("port", "5432")
    advice = {
        r'database ".*" does not exist': (
            f"The database {where.database} does not exist on {host}: create it "
            f"(createdb -h {host} -p {port} -U {user} -E UTF8 -T template0 "
            f"{where.database}), or correct C360_DATABASE_URL."
        ),
        r'password authentication|no password supplied|role ".*" does not exist': (
            f"{host} does not accept the user {user} with this password: correct "
            "C360_DATABASE_URL (special characters are written percent-encoded)."
        ),
        r"no pg_hba.conf entry|authentication failed": (
            f"{host} does not let the user {user} into the database "
            f"{where.database} from this machine: its pg_hba.conf has to allow it "
            "(or add ?sslmode=require to C360_DATABASE_URL)."
        ),
        r"could not translate|Name or service|failed to resolve": (
            f"No host named {host} is known: correct C360_DATABASE_URL."
        ),
        r"Connection refused|No such file": (
            f"No PostgreSQL answers on {host}, port {port}: is it running? If so, "
            "correct C360_DATABASE_URL."
        ),
        r"timeout expired|timed out": (
            f"{host}, port {port}, does not answer: is a firewall in between?"
        ),
        r"too many (clients|connections)|remaining connection slots": (
            f"{host} has no free connection: close some, or raise max_connections."
        ),
    }
    for symptom, message in advice.items():
        if re.search(symptom, text):
            return message
    return _no_connection(error)


def _no_connection(error: psycopg.Error) -> str:
    reason = _last_line(str(error)).removeprefix("connection is bad: ")
    return f"No connection to C360_DATABASE_URL ({reason.rstrip('.')}): correct it."


def _says(text: str, *phrases: str) -> bool:
    return any(phrase in text for phrase in phrases)


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"
