"""`customer360 identity`: what people tell it about who is who."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from customer360.settings import Settings

identity = typer.Typer(no_args_is_help=True, help="Who is who among the records.")


@identity.command("fit")
def identity_fit(
    again: Annotated[
        bool,
        typer.Option(
            "--again", metavar="", help="Also where the pairs have not drifted."
        ),
    ] = False,
) -> None:
    """Fit how much agreeing fields weigh, to the pairs that dbt has compared."""
    from customer360.identity.fit import fit

    fit(Settings.from_env(), again=again, console=Console())


RecordName = Annotated[
    str,
    typer.Argument(
        metavar="SYSTEM:ENTITY:ID", help="A record, as the crosswalk names it."
    ),
]
Reason = Annotated[str, typer.Option(metavar="TEXT", help="Why, for others to read.")]


@identity.command("always-link")
def identity_always_link(record: RecordName, other: RecordName, reason: Reason) -> None:
    """Have two records be one customer, whatever the evidence says."""
    from customer360.identity import overrides

    overrides.add(
        *(Settings.from_env(), "always", record, other),
        reason=reason,
        console=Console(),
    )


@identity.command("never-link")
def identity_never_link(record: RecordName, other: RecordName, reason: Reason) -> None:
    """Have two records be two customers, whatever the evidence says."""
    from customer360.identity import overrides

    overrides.add(
        *(Settings.from_env(), "never", record, other),
        reason=reason,
        console=Console(),
    )


@identity.command("overrides")
def identity_overrides() -> None:
    """List what was decided by hand, and by whom."""
    from customer360.identity import overrides

    overrides.show(Settings.from_env(), console=Console())


@identity.command("undo")
def identity_undo(
    number: Annotated[
        int,
        typer.Argument(metavar="NUMBER", min=1, help="As overrides lists them."),
    ],
) -> None:
    """Let the evidence decide again in place of an override."""
    from customer360.identity import overrides

    overrides.undo(Settings.from_env(), number, console=Console())
