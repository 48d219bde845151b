"""The command line: a thin door to each module, with messages for people."""

from __future__ import annotations

import dataclasses
import errno
import os
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from customer360.add_source import add_source
from customer360.errors import UserError
from customer360.evaluate import evaluate
from customer360.explain import explain
from customer360.identity.commands import identity
from customer360.settings import ROOT, Settings, folder

# Imports stand inside the commands: `--help` must not wait for pandas or Airflow.
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Customer 360: many systems' customer data, one trusted customer.",
)
app.command("add-source")(add_source)
app.command("explain")(explain)
app.add_typer(evaluate, name="evaluate")
db = typer.Typer(no_args_is_help=True, help="The PostgreSQL that everything runs on.")
app.add_typer(db, name="db")
app.add_typer(identity, name="identity")

_INTERRUPTED = 130
"""Exit code after Ctrl-C, as of any command in a shell."""

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)

_MOST_RECORDS = 100_000_000

Landing = Annotated[
    str | None,
    typer.Option(
        "--landing",
        metavar="FOLDER",
        help="Folder the files arrive in.",
        show_default="C360_LANDING_DIR, or landing/",
    ),
]
Export = Annotated[
    str | None,
    typer.Option(
        "--export",
        metavar="FOLDER",
        help="Folder the exports go to.",
        show_default="C360_EXPORT_DIR, or powerbi_data/",
    ),
]
Mode = Annotated[
    str,
    typer.Option(
        metavar="append|overwrite",
        help="Add the files to what was loaded before, or replace it by them.",
    ),
]


def _settings(landing: str | None = None, export: str | None = None) -> Settings:
    settings = Settings.from_env()
    changes = {
        f"{name}_dir": folder(f"--{name}", value, _current_folder())
        for name, value in (("landing", landing), ("export", export))
        if value is not None
    }
    return dataclasses.replace(settings, **changes)


def _current_folder() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:
        raise UserError(
            "The folder you are in has been removed: change to another one."
        ) from None


def _date(value: str | date) -> date:
    if isinstance(value, date):  # the default comes here, too
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise typer.BadParameter(f"{value!r} is not a date like 2026-01-31") from None


@app.command()
def run(
    landing: Landing = None,
    export: Export = None,
    as_of: Annotated[
        date | None,
        typer.Option(
            parser=_date,
            metavar="DATE",
            help="Compute everything as of this date.",
            show_default="the last event in the data",
        ),
    ] = None,
    mode: Mode = "append",
    full_refresh: Annotated[
        bool,
        typer.Option("--full-refresh", metavar="", help="Rebuild incremental models."),
    ] = False,
) -> None:
    """Run the whole pipeline: load, build, test, publish and export, as one DAG."""
    from customer360.pipeline.run import run as run_pipeline

    run_pipeline(
        _settings(landing, export),
        as_of=as_of,
        mode=mode,
        full_refresh=full_refresh,
    )


@app.command()
def fetch(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help="Connections to fetch from; all without."),
    ] = None,
    landing: Landing = None,
    full: Annotated[
        bool,
        typer.Option(
            "--full", metavar="", help="Fetch everything again, not what is new."
        ),
    ] = False,
) -> None:
    """Fetch what is new in the APIs and databases of connections.yml, as files."""
    from customer360.fetch import fetch as fetch_files

    fetch_files(_settings(landing), names or (), full=full, console=Console())


@app.command()
def load(
    landing: Landing = None,
    mode: Mode = "append",
) -> None:
    """Load the landing folder's files, each of them once."""
    from customer360.ingest import load_landing

    load_landing(_settings(landing), mode=mode, console=Console())


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
)
def dbt(context: typer.Context) -> None:
    """Run dbt itself, with the database up and the environment set: dbt build, …"""
    from customer360.pipeline.dbt import run_dbt

    raise typer.Exit(run_dbt(Settings.from_env(), context.args))


@app.command()
def publish() -> None:
    """Let readers see the marts that dbt built, if all their tests passed."""
    from customer360.publish import publish as publish_marts

    publish_marts(Settings.from_env(), console=Console())


@app.command("export")
def export_(export: Export = None) -> None:
    """Write what is published as files for Power BI."""
    from customer360.export import export as export_marts

    export_marts(_settings(export=export), console=Console())


@app.command()
def generate(
    landing: Landing = None,
    customers: Annotated[
        int,
        typer.Option(
            min=1,
            max=_MOST_RECORDS,
            metavar="NUMBER",
            help="Customer records to write.",
        ),
    ] = 5000,
    seed: Annotated[
        int, typer.Option(min=0, metavar="NUMBER", help="Same seed, same bytes.")
    ] = 360,
    until: Annotated[
        date,
        typer.Option(parser=_date, metavar="DATE", help="The last day of the data."),
    ] = date(2026, 6, 30),
    days: Annotated[
        int,
        typer.Option(min=0, help="Days after that, each with files of its own."),
    ] = 0,
    systems: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES",
            help="Only these systems, separated by commas; all without.",
        ),
    ] = None,
    mess: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RATE",
            help="How messy: email_null=0.2, shop.duplicates=0.1; repeatable.",
        ),
    ] = None,
    if_new: Annotated[
        bool,
        typer.Option(
            "--if-new",
            metavar="",
            help="Only where there is no file and nothing was loaded.",
        ),
    ] = False,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace", metavar="", help="Replace the example data that is there."
        ),
    ] = False,
) -> None:
    """Write example data: messy files of every system into the landing folder.

    Who is who in them, and what is true of it all, goes to C360_HOME/truth, for
    evaluation only.
    """
    from customer360.ingest import check_free, is_untouched
    from data_generators import generate as write_files
    from data_generators.rates import read_rates
    from data_generators.world import Options

    settings = _settings(landing)
    if if_new and not is_untouched(settings):
        return
    options = Options(rates=read_rates(mess or ()))
    if not replace:
        check_free(settings)
    write_files(
        landing_dir=settings.landing_dir,
        truth_dir=settings.truth_dir,
        customer_records=customers,
        seed=seed,
        until=until,
        console=Console(),
        systems=systems and [name.strip() for name in systems.split(",")],
        days=days,
        options=options,
        confirm=lambda names: check_free(settings, names),
    )


@app.command()
def airflow(
    port: Annotated[
        int,
        typer.Option(
            min=1, max=65535, metavar="NUMBER", help="Port of the web interface."
        ),
    ] = 8080,
) -> None:
    """Start Airflow's web interface and scheduler; stop with Ctrl-C."""
    from customer360.pipeline.airflow import serve

    serve(Settings.from_env(), port=port)


@app.command()
def env() -> None:
    """Write .env for docker compose, its secrets generated; an old one stays."""
    from customer360.secrets import write_env

    write_env(ROOT / ".env", console=Console())


@db.command("start")
def db_start() -> None:
    """Start the embedded server, or check the one that was given, and set it up."""
    from customer360.warehouse import ensure_ready

    ensure_ready(Settings.from_env(), console=Console())


@db.command("stop")
def db_stop() -> None:
    """Stop the embedded server."""
    from customer360.warehouse import stop

    stop(Settings.from_env(), console=Console())


@db.command("status")
def db_status() -> None:
    """Say where the database is and whether it answers."""
    from customer360.warehouse import status

    status(Settings.from_env(), console=Console())


@db.command(
    "psql",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
)
def db_psql(context: typer.Context) -> None:
    """Open psql on the database."""
    from customer360.warehouse import psql

    raise typer.Exit(psql(Settings.from_env(), context.args))


@db.command("env")
def db_env() -> None:
    """Print what psql, dbt and Power BI need: eval "$(customer360 db env)"."""
    from customer360.warehouse import shell_exports

    print(shell_exports(Settings.from_env()))


def main() -> None:
    """Entry point: a person's mistake is one line on stderr and exit code 2."""
    # a file's name may hold what the terminal cannot show
    if sys.stdout:
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        _current_folder()
        code = app(standalone_mode=False)
        if sys.stdout:
            sys.stdout.flush()
    except UserError as error:
        _fail(str(error))
    except typer.TyperException as error:
        if not error.format_message().strip():
            sys.exit(2)  # no command was given: its help has been shown
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "customer360"
        _fail(f"{error.format_message().rstrip('.')} (see {command} --help).")
    except BrokenPipeError:
        _forget_stdout()
        sys.exit(1)
    except OSError as error:
        if not (error.filename or error.errno in _NO_SPACE):
            raise
        _forget_stdout()
        _fail(_trouble(error))
    except MemoryError:
        _fail("There is not enough memory: close other programs, or do less at once.")
    except KeyboardInterrupt:
        code = _INTERRUPTED
    if code == _INTERRUPTED:
        print("interrupted", file=sys.stderr)
    sys.exit(code)


def _forget_stdout() -> None:
    """Leave what nobody takes unsaid: Python would fail over it on its way out."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _trouble(error: OSError) -> str:
    """What the system refused us where no module knew a better answer."""
    if error.errno in _NO_SPACE:
        where = f" for {error.filename}" if error.filename else ""
        return f"No space is left{where}: free some and run the command again."
    reason = error.strerror or type(error).__name__
    return f"{reason}: {error.filename}. Put that right and run the command again."


def _fail(message: str) -> NoReturn:
    # a path in the message may hold line breaks, and look like markup
    line = " ".join(part.strip() for part in message.splitlines())
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print("[bold red]error:[/]", escape(line))
    sys.exit(2)


if __name__ == "__main__":
    main()
