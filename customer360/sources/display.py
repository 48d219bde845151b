"""A proposal on the terminal. No value of the file is ever shown: only its shape."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from customer360.ingest.names import shown
from customer360.sources.changes import Change
from customer360.sources.meanings import CUSTOMERS, SALES
from customer360.sources.project import Project
from customer360.sources.proposal import Proposal, status_key
from customer360.sources.recognise import CHOSEN, SURE, Column

_MOST_COLUMNS = 60
_ROWS = {CUSTOMERS: "people", SALES: "sales"}


def show(
    proposal: Proposal, project: Project, made: Sequence[Change], console: Console
) -> None:
    """The proposal: what each column means, the key, and what would be written."""
    sample = proposal.sample
    console.print(
        Text(
            f"{shown(sample.name)}: {len(proposal.columns)} columns, "
            f"{len(sample.rows):,} records looked at",
            style="bold",
        )
    )
    console.print(_columns(proposal))
    for label, said in _summary(proposal, project):
        console.print(Text.assemble((f"{label:>9}  ", "bold"), said), soft_wrap=True)
    for note in proposal.notes:
        console.print(
            Text.assemble(("    note   ", "bold yellow"), note), soft_wrap=True
        )
    console.print(Text("    files", style="bold"))
    for change in made:
        sign, style = ("+", "green") if change.before is None else ("~", "cyan")
        path = _short(change.path, project.folder)
        console.print(Text(f"           {sign} {path}", style=style), soft_wrap=True)


def _columns(proposal: Proposal) -> Table:
    table = Table()
    for heading in ("column", "means", "how sure", "looks like", "filled"):
        table.add_column(heading, justify="right" if heading == "filled" else "left")
    columns = proposal.columns[:_MOST_COLUMNS]
    for column in columns:
        table.add_row(
            Text(shown(column.header.strip()) or "(no name)"),
            *_meaning(proposal, column),
            Text(column.profile.shape, style="dim"),
            f"{column.profile.fill:.0%}",
        )
    if more := len(proposal.columns) - len(columns):
        table.add_row(Text(f"… and {more} more"), "", "", "", "")
    return table


def _meaning(proposal: Proposal, column: Column) -> tuple[Text, Text]:
    if not column.name:
        return Text("stays in _extra", style="dim"), Text("")
    key = ", key" if column in proposal.key else ""
    if not column.meaning:
        certainty = column.certainty if column.certainty == CHOSEN else ""
        return Text(f"({column.type}){key}", style="dim"), Text(certainty)
    said = column.meaning.replace("_", " ") + key
    style = "green" if column.certainty in (SURE, CHOSEN) else "yellow"
    return Text(said), Text(column.certainty, style=style)


def _summary(proposal: Proposal, project: Project) -> list[tuple[str, str]]:
    new = "new" if proposal.is_new_system else "one more table of it"
    said = [
        ("system", f"{proposal.system} ({new}); ids issued by {proposal.issuer}"),
        (
            "rows",
            f"{proposal.entity}: one per {proposal.grain}"
            + (f", {_ROWS[proposal.kind]}" if proposal.kind in _ROWS else ""),
        ),
        ("key", _key(proposal)),
        ("pattern", proposal.files),
    ]
    status = proposal.column("status")
    if status and status.profile.words:
        read = [
            f"{word} → {project.statuses.get(status_key(word), 'unknown')}"
            for word in status.profile.words
        ]
        said.append(("status", ", ".join(read)))
    if proposal.kind == SALES:
        currency = proposal.column("currency")
        spoken = proposal.currency or "the reporting currency"
        said.append(("money", f"in {'its own column' if currency else spoken}"))
    if proposal.day_first is not None:
        first = "the day" if proposal.day_first else "the month"
        said.append(("dates", f"such as 03/04/2025 begin with {first}"))
    return said


def _key(proposal: Proposal) -> str:
    if not proposal.key:
        return "none: rows are told apart by all of their content"
    spoken = " and ".join(column.header for column in proposal.key)
    return (
        f"{spoken}: filled in all {len(proposal.sample.rows):,} records, and no two "
        "differ and have the same"
    )


def _short(path: Path, project: Path) -> str:
    return path.relative_to(project.parent).as_posix()
