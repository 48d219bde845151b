"""The command `evaluate`, which scores parts of the product on somebody's own data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from customer360.settings import Settings

evaluate = typer.Typer(
    no_args_is_help=True, help="How good results are on records that you know."
)


@evaluate.callback()
def _only_with_a_part() -> None:
    """Have `identity` named, although there is no other part yet."""


@evaluate.command("identity")
def identity(
    records: Annotated[
        Path,
        typer.Option(
            "--records", metavar="FILE", help="A CSV or Parquet file of people."
        ),
    ],
    truth: Annotated[
        str,
        typer.Option(
            "--truth-column", metavar="COLUMN", help="Which person a record is of."
        ),
    ],
    mapping: Annotated[
        list[str],
        typer.Option(
            "--map",
            metavar="FIELD=COLUMN,…",
            help="Which columns are what: given_name, surname, full_name, birth_date, "
            "email, phone, address, postcode, city, issued_id, other. A field that is "
            "named twice takes both columns.",
        ),
    ],
    source: Annotated[
        str | None,
        typer.Option(
            "--source-column",
            metavar="COLUMN",
            help="Which system a record is from, if from several.",
        ),
    ] = None,
    link_only: Annotated[
        bool,
        typer.Option(
            "--link-only",
            metavar="",
            help="Compare, and score, only records from different systems.",
        ),
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            metavar="FILE",
            help="Write the key that each record got, as CSV.",
        ),
    ] = None,
) -> None:
    """Resolve the people of a file, without its truth, and score that against it.

    Prints JSON. The database holds the records while it works, in a schema of their
    own, and none of them afterwards: docs/evaluating-identity.md.
    """
    from customer360.identity.evaluation import ModelsFailed, evaluate_identity
    from customer360.identity.labelled import read_mapping

    try:
        scores = evaluate_identity(
            Settings.from_env(),
            records,
            read_mapping(mapping),
            truth_column=truth,
            source_column=source,
            link_only=link_only,
            output=output,
            console=Console(stderr=True),
        )
    except ModelsFailed:
        raise typer.Exit(1) from None
    print(json.dumps(scores, indent=2))
