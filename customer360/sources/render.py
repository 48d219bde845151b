"""The files of a proposal: what is new in each, in the project's own style."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from customer360.ingest.declarations import normalised
from customer360.sources.feeders import (
    buyers,
    customers,
    money_column,
    transactions,
)
from customer360.sources.layout import (
    argument_list,
    select_list,
    yaml_quoted,
    yaml_text,
)
from customer360.sources.meanings import CUSTOMERS, SALES
from customer360.sources.names import spoken
from customer360.sources.project import Project
from customer360.sources.proposal import Proposal
from customer360.sources.recognise import Column
from customer360.sources.staging import LAST, Staged, Steps, key_part

LONGEST_MODEL = 150
LONGEST_YAML = 400
_MOST_NAMES = 5
_LINEAGE = (
    Staged(
        f"{LAST}_source_file",
        "_source_file",
        "text",
        "The file the row came from, below the landing folder.",
    ),
    Staged(
        f"{LAST}_row_number",
        "_row_number",
        "bigint",
        "The row's number in its file, 1 for the first.",
    ),
    Staged(f"{LAST}_batch_id", "_batch_id", "bigint", "The load that brought the row."),
)
_SAID = {
    "email": "E-mail address",
    "phone": "Phone number",
    "full_name": "Full name",
    "given_name": "Given name",
    "family_name": "Family name",
    "company": "Company",
    "address": "Postal address",
    "postcode": "Postal code",
    "city": "City",
    "country": "Country",
    "created_at": "When the record was created",
    "updated_at": "When the record was last changed",
    "customer_id": "The customer's id",
    "order_id": "The order's id",
    "ordered_at": "When it was sold",
    "amount": "Amount",
    "unit_price": "Price of a unit",
    "currency": "Currency",
    "status": "What became of it",
    "channel": "Where it was sold",
    "product": "The product",
    "quantity": "Units",
}


@dataclass(frozen=True)
class Rendered:
    """The texts of a proposal that stand by themselves."""

    proposal: Proposal
    """As it was given, less the columns that there was no room for."""
    staging: str
    table: str
    """The table's part of the sources' YAML."""
    model: str
    """The model's part of the models' YAML."""
    records: str | None
    """The model of customer records; None: there are none in the file."""
    transactions: str | None
    has_addresses: bool
    """Whether it has addresses in one line, for `int_contacts__addresses`."""


def render(proposal: Proposal, project: Project) -> Rendered:
    """The texts of a proposal. Where one would be longer than a file may be, the
    columns without a meaning give way: those that are empty stay in `_extra`, others
    are kept as text, numbers last, and then left in `_extra`, too."""
    room = LONGEST_YAML
    known = project.systems.get(proposal.system)
    if known:
        room -= known.declared_in.read_text(encoding="utf-8").count("\n")
    given = proposal
    narrower = list(_narrower(proposal))

    def rendered(number: int) -> Rendered:
        return _render(narrower[number], known.format if known else None)

    # each is shorter than the one before it, and the last one has to do
    first = bisect_left(
        range(len(narrower) - 1), True, key=lambda number: _fits(rendered(number), room)
    )
    found, proposal = rendered(first), narrower[first]
    notes = list(proposal.notes)
    both = list(zip(given.columns, proposal.columns, strict=True))
    shortened = [was.header for was, now in both if now.name and was.type != now.type]
    dropped = sum(now.name != was.name for was, now in both)
    if shortened:
        more = len(shortened) - _MOST_NAMES
        spoken = ", ".join(shortened[:_MOST_NAMES]) + (f" and {more} more" * (more > 0))
        notes.append(f"kept as text, for want of room in one model: {spoken}")
    if dropped:
        notes.append(
            f"{dropped} columns without a meaning stay in _extra: nothing of "
            "them is lost, and a model may be longer when a person writes it"
        )
    return replace(found, proposal=replace(proposal, notes=tuple(notes)))


def _fits(found: Rendered, room: int) -> bool:
    return (
        found.staging.count("\n") <= LONGEST_MODEL
        and found.table.count("\n") + 8 <= room
        and found.model.count("\n") + 3 <= LONGEST_YAML
    )


def _narrower(proposal: Proposal) -> Iterator[Proposal]:
    """The proposal, and what is left of it as one column after the other gives way."""
    while True:
        yield proposal
        plain = [
            column
            for column in proposal.declared
            if not column.meaning and column not in proposal.key
        ]
        if not plain:
            return
        # of a number more is lost than of a date, which sorts as text
        typed = [column for column in plain if column.type != "text"]
        dates = [column for column in typed if column.type != "number"]
        empty = [column for column in plain if not column.profile.filled]
        if empty:
            proposal = _with(proposal, empty[-1], name="")
        elif typed:
            proposal = _with(proposal, (dates or typed)[-1], type="text")
        else:
            proposal = _with(proposal, plain[-1], name="")


def _with(proposal: Proposal, column: Column, **changes: str) -> Proposal:
    columns = tuple(
        replace(other, **changes) if other is column else other
        for other in proposal.columns
    )
    return replace(proposal, columns=columns)


def _render(proposal: Proposal, declared_format: str | None) -> Rendered:
    steps = Steps(proposal)
    records = None
    if proposal.kind == CUSTOMERS:
        records = fill("customers.sql.j2", **customers(proposal, steps))
    elif proposal.kind == SALES and not proposal.buyers and _names_buyers(steps):
        records = fill("buyers.sql.j2", **buyers(proposal, steps))
    sold = None
    if proposal.kind == SALES:
        sold = fill("transactions.sql.j2", **transactions(proposal, steps))
    return Rendered(
        proposal=proposal,
        staging=_staging(proposal, steps),
        table=_table(proposal, steps, declared_format),
        model=fill(
            "model.yml.j2",
            staging=staging_name(proposal),
            description=_grain(proposal),
            columns=[*steps.staged, *_LINEAGE],
        ),
        records=records,
        transactions=sold,
        has_addresses=steps.has("full_address"),
    )


def staging_name(proposal: Proposal) -> str:
    """The staging model."""
    return f"stg_{proposal.system}__{proposal.entity}"


def feeder_entry(name: str, description: str, anchor: str) -> str:
    """A feeder's part of its folder's YAML: the contract is repeated by alias."""
    return fill("feeder.yml.j2", name=name, description=description, anchor=anchor)


def source_file(found: Rendered) -> str:
    """The whole sources' YAML of a new system."""
    return fill("source.yml.j2", proposal=found.proposal, table=found.table.rstrip())


def fill(template: str, **values: Any) -> str:
    """A template with its values, ending with one line end."""
    return _environment().get_template(template).render(**values).rstrip() + "\n"


@cache
def _environment() -> jinja2.Environment:
    """Jinja's own signs belong to dbt in these files."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).with_name("templates")),
        block_start_string="<%",
        block_end_string="%>",
        variable_start_string="<<",
        variable_end_string=">>",
        comment_start_string="<#",
        comment_end_string="#>",
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        autoescape=False,  # noqa: S701 - nothing here is HTML
    )
    environment.globals.update(
        select_list=select_list, argument_list=argument_list, yaml_text=yaml_text
    )
    return environment


def _names_buyers(steps: Steps) -> bool:
    return steps.has("customer_id") or steps.has("email")


def _grain(proposal: Proposal) -> str:
    if proposal.key:
        return f"One row per {proposal.grain}, in its latest version."
    return f"One row per {proposal.grain}."


def _staging(proposal: Proposal, steps: Steps) -> str:
    last = "parsed" if steps.parsed else "cleaned"
    prefix = f"{last}." if steps.seeds else ""
    key = [column.name for column in proposal.key]
    others = [column.name for column in proposal.declared if column.name not in key]
    changed = proposal.column("updated_at")
    return fill(
        "staging.sql.j2",
        proposal=proposal,
        steps=steps,
        last=last,
        key_columns=[key_part(column) for column in proposal.key],
        other_columns=others or key,
        changed_at=changed.name if changed and changed.profile.is_iso else None,
        sections=[
            (banner, _items(columns, prefix))
            for banner, columns in steps.sections.items()
        ],
        lineage=_items(_LINEAGE, prefix),
        join=lambda seed, ours, theirs: _join(last, seed, ours, theirs),
    )


def _items(columns: Any, prefix: str) -> list[tuple[str, str]]:
    return [(c.expression.replace(LAST, prefix), c.name) for c in columns]


def _join(last: str, seed: str, ours: str, theirs: str) -> str:
    line = f"    left join {seed} on {last}.{ours} = {seed}.{theirs}"
    if len(line) <= 80:
        return line
    return f"    left join {seed}\n        on {last}.{ours} = {seed}.{theirs}"


def _table(proposal: Proposal, steps: Steps, declared_format: str | None) -> str:
    meta = [("files", f"[{yaml_quoted(proposal.files)}]")]
    if not proposal.is_new_system and declared_format != proposal.sample.format:
        meta.append(("format", proposal.sample.format))
    if proposal.key:
        meta.append(("key", f"[{', '.join(c.name for c in proposal.key)}]"))
        meta.append(("guarded", f"[{', '.join(c.name for c in proposal.key)}]"))
    else:
        meta.append(("key_repeats", "true"))

    if proposal.kind == CUSTOMERS:
        meta.append(("feeds", "customers"))
    elif proposal.kind == SALES:
        meta.append(("feeds", "transactions"))
        if (money := money_column(proposal, steps)) is not None:
            meta.append(("money", money))

    def described(column: Column) -> str:
        said = _SAID.get(column.meaning or "", spoken(column.header))
        if proposal.key == (column,):
            said = f"The {proposal.grain}'s id"
        return said if said.endswith((".", "?", "!")) else f"{said}."

    def header(column: Column) -> str | None:
        same = normalised(column.header) == normalised(column.name)
        return None if same else yaml_quoted(spoken(column.header))

    return fill(
        "table.yml.j2",
        proposal=proposal,
        meta=meta,
        described=described,
        header=header,
    )
