"""Have the database ready: server, database, and what `sql/` says."""

from __future__ import annotations

import hashlib
import secrets
from functools import cache
from pathlib import Path

import psycopg
from psycopg import sql
from rich.console import Console

from customer360.errors import UserError
from customer360.settings import ROOT, Settings
from customer360.warehouse import binaries
from customer360.warehouse.connections import (
    OLDEST_SERVER,
    ROLES,
    embedded_params,
    open_connection,
    role_name,
)
from customer360.warehouse.location import Embedded, Given, locate
from customer360.warehouse.server import ADMIN, EmbeddedServer

_SQL = ROOT / "sql"
_APPLICATION = "customer360 setup"
# one setup at a time in a database; any number that nothing else uses
_SETUP_LOCK = 3600001
_ATTEMPTS = 20

# sql/020_schemas.sql makes them
_SCHEMAS = (
    "raw",
    "staging",
    "intermediate",
    "marts",
    "seeds",
    "snapshots",
    "published",
    "ops",
)

_EXTENSIONS = {
    "fuzzystrmatch": "levenshtein(text,text)",
    "pg_trgm": "similarity(text,text)",
    "unaccent": "unaccent(text)",
}


def ensure_ready(settings: Settings, console: Console | None = None) -> None:
    """Have the database up, checked and set up; costs next to nothing when it is.

    Starts the embedded server and creates its database if need be, checks the
    version of a server that was given, and runs `sql/` when it has changed. Any
    number of commands may do this at the same time. UserError says what to do.
    """
    where = locate(settings)
    try:
        if isinstance(where, Embedded):
            _ensure_embedded(settings, where, console)
        else:
            _ensure_given(settings, where, console)
    except psycopg.errors.DiskFull:
        raise UserError(
            f"The database {where.database} could not be set up: its disk is full."
        ) from None
    except psycopg.OperationalError as error:
        reason = error.diag.message_primary or "the connection was lost"
        raise UserError(
            f"The database {where.database} could not be set up ({reason}): run the "
            "command again."
        ) from None


@cache
def sql_files(folder: Path = _SQL) -> tuple[tuple[str, str], ...]:
    """Name and text of each setup file, in the order they are run."""
    return tuple(
        (path.name, path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("[0-9]*.sql"))
    )


def _digest() -> str:
    digest = hashlib.sha256()
    for name, text in sql_files():
        digest.update(f"{name}\0{text}\0".encode())
    return digest.hexdigest()


# ---- the embedded server -------------------------------------------------


def _ensure_embedded(
    settings: Settings, where: Embedded, console: Console | None
) -> None:
    server = EmbeddedServer(where.home)
    if not (server.is_running() and _is_ready(settings, server, where)):
        server.start(console)
        with _admin(settings, server, "postgres") as connection:
            _ensure_logins(connection, server)
            _ensure_database(connection, where.database)
        with _admin(settings, server, where.database) as connection:
            _apply(connection)
    if console:
        console.print(
            f"Database {where.database} is ready (PostgreSQL {binaries.version()}, "
            "embedded)."
        )


def _is_ready(settings: Settings, server: EmbeddedServer, where: Embedded) -> bool:
    try:
        with _admin(settings, server, where.database) as connection:
            return _applied(connection) == _digest() and server.passwords_file.exists()
    except UserError:
        # starting or stopping, or there is no such database yet
        return False


def _admin(
    settings: Settings, server: EmbeddedServer, database: str
) -> psycopg.Connection:
    return open_connection(
        settings, embedded_params(server, ADMIN, database), _APPLICATION
    )


def _ensure_logins(connection: psycopg.Connection, server: EmbeddedServer) -> None:
    """Let our roles log in, each with a generated password."""
    names = [role_name(role) for role in ROLES]
    passwords = server.passwords()
    with connection.transaction():
        # two databases may be set up at the same time
        connection.execute("select pg_advisory_xact_lock(%s)", (_SETUP_LOCK,))
        found = connection.execute(
            "select rolname from pg_authid "
            "where rolname = any(%s) and rolcanlogin and rolpassword is not null",
            (names,),
        ).fetchall()
        if {row[0] for row in found} == set(names) == set(passwords):
            return
        passwords = {name: secrets.token_urlsafe(24) for name in names}
        existing = connection.execute(
            "select rolname from pg_roles where rolname = any(%s)", (names,)
        ).fetchall()
        for name, password in passwords.items():
            # the server only ever sees what it keeps
            verifier = connection.pgconn.encrypt_password(
                password.encode(), name.encode(), b"scram-sha-256"
            ).decode()
            verb = "alter" if (name,) in existing else "create"
            connection.execute(
                sql.SQL("{} role {} login password {}").format(
                    sql.SQL(verb), sql.Identifier(name), sql.Literal(verifier)
                )
            )
        server.save_passwords(passwords)


def _ensure_database(connection: psycopg.Connection, name: str) -> None:
    if connection.execute(
        "select from pg_database where datname = %s", (name,)
    ).fetchone():
        return
    try:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
        # another command was faster
        return


# ---- a server that was given ---------------------------------------------


def _ensure_given(settings: Settings, where: Given, console: Console | None) -> None:
    with open_connection(settings, where.params, _APPLICATION) as connection:
        _check_server(connection, where)
        _check_unoccupied(connection, where)
        if _applied(connection) != _digest() or _roles_changed(connection):
            _apply(connection)
            if not _row(connection, "select ops.uses_roles()"):
                (console or Console(stderr=True)).print(
                    f"The user {connection.info.user} may not create the c360_ roles: "
                    "everything runs as that user. For separate rights let a superuser "
                    "run sql/010_roles.sql and grant the four roles to that user."
                )
        if console:
            major, minor = divmod(connection.info.server_version, 10000)
            console.print(
                f"Database {where.database} is ready (PostgreSQL {major}.{minor} on "
                f"{connection.info.host or 'this machine'})."
            )


def _check_server(connection: psycopg.Connection, where: Given) -> None:
    version = connection.info.server_version // 10000
    if version < OLDEST_SERVER:
        raise UserError(
            f"The server is PostgreSQL {version}; Customer 360 needs PostgreSQL "
            f"{OLDEST_SERVER} or newer."
        )
    if _row(connection, "select pg_is_in_recovery()"):
        raise UserError(
            "C360_DATABASE_URL leads to a read-only standby: use the primary server."
        )
    encoding = _row(
        connection,
        "select pg_encoding_to_char(encoding) from pg_database "
        "where datname = current_database()",
    )
    if encoding != "UTF8" or _row(connection, "select lower(U&'\\00C9')") != "é":
        raise UserError(
            f"The database {where.database} cannot handle accented letters: create "
            "one with encoding 'UTF8' lc_collate 'C.UTF-8' lc_ctype 'C.UTF-8' "
            "template template0."
        )


def _check_unoccupied(connection: psycopg.Connection, where: Given) -> None:
    """Refuse to take over somebody else's schemas, which have ordinary names."""
    if _row(connection, "select to_regclass('ops.setup')::text") is not None:
        return
    taken = connection.execute(
        "select nspname from pg_namespace where nspname = any(%s) and exists "
        "(select from pg_class where relnamespace = pg_namespace.oid) order by 1",
        (list(_SCHEMAS),),
    ).fetchall()
    if taken:
        raise UserError(
            f"The database {where.database} already holds tables of something else "
            f"in the schemas that Customer 360 builds in "
            f"({', '.join(name for (name,) in taken)}): give it a database of its own."
        )


def _roles_changed(connection: psycopg.Connection) -> bool:
    """Whether somebody gave (or took) the roles since the database was set up."""
    return _row(connection, "select ops.uses_roles()") != _row(
        connection, "select uses_roles from ops.setup"
    )


# ---- what sql/ says ------------------------------------------------------


def _applied(connection: psycopg.Connection) -> str | None:
    """Digest of the setup files that this database has seen, if any."""
    try:
        row = connection.execute(
            "select sql_sha256 from ops.setup where database_id = "
            "(select oid from pg_database where datname = current_database())"
        ).fetchone()
    except (
        psycopg.errors.UndefinedTable,
        psycopg.errors.UndefinedColumn,
        psycopg.errors.InvalidSchemaName,
        psycopg.errors.InsufficientPrivilege,
    ):
        return None
    return row[0] if row else None


def _apply(connection: psycopg.Connection) -> None:
    """Run the setup files in one transaction."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with connection.transaction():
                _apply_once(connection)
            return
        except (
            psycopg.errors.InternalError_,
            psycopg.errors.UniqueViolation,
            psycopg.errors.DeadlockDetected,
        ):
            # roles belong to the whole server, where another database's setup may
            # have changed the same row ("tuple concurrently updated")
            if attempt == _ATTEMPTS:
                raise


def _apply_once(connection: psycopg.Connection) -> None:
    connection.execute("select pg_advisory_xact_lock(%s)", (_SETUP_LOCK,))
    for name, text in sql_files():
        try:
            # sent as it stands, the way psql would
            connection.execute(text.encode(), prepare=False)
        except (psycopg.errors.FeatureNotSupported, psycopg.errors.UndefinedFile):
            raise UserError(
                "The server lacks one of the extensions fuzzystrmatch, pg_trgm and "
                "unaccent: install PostgreSQL's contrib package on it (Debian: part of "
                "postgresql; Red Hat: postgresql-contrib)."
            ) from None
        except psycopg.errors.InsufficientPrivilege as error:
            raise UserError(
                f"The user {connection.info.user} lacks a right in the database "
                f"{connection.info.dbname} ({error.diag.message_primary}; sql/{name}): "
                "use the owner of the database in C360_DATABASE_URL."
            ) from None
    _check_extensions(connection)
    connection.execute(
        "insert into ops.setup (sql_sha256, database_id, uses_roles) "
        "select %s, oid, ops.uses_roles() from pg_database "
        "where datname = current_database() "
        "on conflict (only_row) do update set sql_sha256 = excluded.sql_sha256, "
        "database_id = excluded.database_id, uses_roles = excluded.uses_roles, "
        "applied_at = excluded.applied_at",
        (_digest(),),
    )


def _check_extensions(connection: psycopg.Connection) -> None:
    for extension, function in _EXTENSIONS.items():
        if _row(connection, "select to_regprocedure(%s)::text", function) is None:
            place = _row(
                connection,
                "select extnamespace::regnamespace::text from pg_extension "
                "where extname = %s",
                extension,
            )
            raise UserError(
                f"The extension {extension} is in the schema {place}, where models do "
                f"not look: alter extension {extension} set schema public."
            )


def _row(connection: psycopg.Connection, query: str, *values: object) -> object:
    """Return the single value that a query gives."""
    row = connection.execute(query, values).fetchone()
    return row[0] if row else None
