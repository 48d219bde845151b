"""The command `add-source`, and the options by which a person changes a proposal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from customer360.errors import UserError
from customer360.settings import Settings


def add_source(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A file like those that will come.")
    ],
    system: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Whose data it is, such as acme_shop."),
    ] = None,
    entity: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="What its rows are, such as customers."),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(metavar="customers|sales|other", help="What becomes of the rows."),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMNS",
            help="Columns that together tell a row from all others, or none.",
        ),
    ] = None,
    mapping: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="COLUMN=MEANING",
            help="What a column means, or text, number, date, yes_no, ignore; "
            "repeatable.",
        ),
    ] = None,
    files: Annotated[
        str | None,
        typer.Option(metavar="PATTERN", help="Names of its files: orders*.csv"),
    ] = None,
    issuer: Annotated[
        str | None,
        typer.Option(metavar="SYSTEM", help="Whose customer ids it has, if others'."),
    ] = None,
    channel: Annotated[
        str | None,
        typer.Option(metavar="CHANNEL", help="Where sales are made that say nothing."),
    ] = None,
    currency: Annotated[
        str | None,
        typer.Option(metavar="CODE", help="Of all amounts, where no column says it."),
    ] = None,
    day_first: Annotated[
        bool | None,
        typer.Option(
            "--day-first/--month-first", metavar="", help="How 03/04/2025 is meant."
        ),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", metavar="", help="Accept what is proposed.")
    ] = False,
) -> None:
    """Declare and model a new kind of file, from its header and its first records.

    It proposes what each column means, asks, and writes the source, its staging
    model and what takes it to the marts: docs/adding-a-source.md.
    """
    from customer360 import sources

    def typed(words: list[str], before: sources.Choices) -> sources.Choices:
        """Options that change a proposal, as a person types them when asked."""
        try:
            words = [str(file), *words]
            with context.command.make_context("add-source", words) as other:
                return sources.choose(before, other.params)
        except typer.TyperException as error:
            raise UserError(error.format_message()) from None
        except typer.Exit:
            return before  # it was --help

    is_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    sources.add_source(
        Settings.from_env(),
        file,
        sources.choose(sources.Choices(), context.params),
        yes=yes,
        ask=typed if is_terminal else None,
        console=Console(),
    )
