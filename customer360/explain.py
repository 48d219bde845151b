"""The command `explain`, which says why records are one customer, or are not."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console

from customer360.settings import Settings


def explain(
    name: Annotated[
        str,
        typer.Argument(
            metavar="KEY", help="A customer's key, or a record: SYSTEM:ENTITY:ID."
        ),
    ],
    other: Annotated[
        str | None,
        typer.Argument(
            metavar="[RECORD]",
            help="Another record: why the two are one customer, or why not.",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", metavar="", help="Print JSON.")
    ] = False,
) -> None:
    """Say why the records of a customer are one person, or why two records are not.

    What dbt has built last is read, and nothing changed. It shows personal data, to
    whoever asks and nowhere else: docs/identity.md.
    """
    from customer360.identity.explain import explain as explain_identity
    from customer360.identity.explanation_text import print_explanation

    found = explain_identity(Settings.from_env(), name, other)
    if as_json:
        print(json.dumps(found.as_json(), indent=2, ensure_ascii=False, default=str))
    else:
        print_explanation(found, Console(highlight=False))
