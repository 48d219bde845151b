"""An explanation, for a person to read."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from customer360.identity.evidence import Row
from customer360.identity.explanation import (
    Explanation,
    Match,
    Parted,
    WeighedPair,
    record_name,
)

_PASS = {
    1: "Matched: what identifiers link, compared with other such",
    2: "Matched in the second pass: what the first has put together, compared again",
}
_TERMS = {
    "share": "how common such pairs are",
    "other_classes": "the less likely classes",
}
_NAMES = {"issued_id": "id", "email": "e-mail", "override": "hand"}


def print_explanation(found: Explanation, console: Console) -> None:
    """Print all of it."""
    if found.parted:
        console.print("[bold]Two customers[/]")
        console.print(_records(found.records, with_customer=True))
        _print_parted(found.parted, console)
    else:
        (key,) = {row["customer_key"] for row in found.records}
        records = len(found.records)
        console.print(
            f"[bold]Customer {key}[/], {records} record{'' if records == 1 else 's'}"
        )
        console.print(_records(found.records))
        if found.way:
            console.print("\n[bold]From the one to the other[/]")
            for step in found.way:
                console.print(f"  {escape(step)}", soft_wrap=True)
        _print_links(found, console)
        for match in found.matches:
            _print_match(found, match, console)
        if records == 1:
            console.print("\nNo identifier links it, and nothing was matched with it.")
    if found.overrides:
        console.print("\n[bold]Decided by hand[/]")
        for row in found.overrides:
            told = f"{row['kind']}: {row['record']} and {row['other_record']}"
            why = f"{row['reason']}, {row['created_by']}"
            console.print(f"  {escape(told)} ({escape(why)})", soft_wrap=True)
    if found.model:
        console.print(f"\n[bold]Model[/]  {escape(_model(found.model))}")


def _records(rows: tuple[Row, ...], *, with_customer: bool = False) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    headings = ["Record", "Name", "E-mail", "Phone", "Place"]
    for heading in headings + ["Customer"] * with_customer:
        table.add_column(heading, overflow="fold")
    for row in rows:
        name = _joined(row, "given_name", "family_name")
        place = _joined(row, "address", "postcode", "city", "country_code", by=", ")
        cells = [record_name(row), name, row["email"] or "", row["phone"] or "", place]
        if with_customer:
            cells.append(row["customer_key"])
        table.add_row(*map(escape, cells))
    return table


def _joined(row: Row, *columns: str, by: str = " ") -> str:
    return by.join(row[column] for column in columns if row[column])


def _print_links(found: Explanation, console: Console) -> None:
    if not found.links:
        return
    names = {row["customer_record_key"]: record_name(row) for row in found.records}
    console.print("\n[bold]Linked by identifiers, or by hand[/]")
    table = _table("Record", "Record", "By")
    for link in found.links:
        value = f" {link.value}" if link.value else ""
        kind = _NAMES.get(link.rule, link.rule)
        told = [names[key] for key in link.records]
        table.add_row(*map(escape, told), escape(kind + value))
    console.print(table)


def _print_match(found: Explanation, match: Match, console: Console) -> None:
    names = {row["customer_record_key"]: record_name(row) for row in found.records}
    numbers = {profile: k for k, profile in enumerate(match.profiles, start=1)}
    console.print(f"\n[bold]{_PASS[match.number]}[/]")
    for profile, records in match.profiles.items():
        told = ", ".join(names[record] for record in records)
        console.print(f"  {numbers[profile]}  {escape(told)}", soft_wrap=True)
    for step in match.steps:
        sides = [
            " and ".join(str(numbers[profile]) for profile in side)
            for side in (step.left, step.right)
        ]
        console.print(f"  {sides[0]} with {sides[1]}: mean weight {step.mean:+.2f}")
    best = match.pairs[0]
    console.print(
        f"  The best of {len(match.pairs)} pair{'s' * (len(match.pairs) > 1)}, "
        f"{' and '.join(str(numbers[p]) for p in best.profiles)}:"
    )
    console.print(_pair(best))


def _pair(pair: WeighedPair) -> Table:
    table = _table("", "", "Weight", "Rare or common")
    for column in table.columns[2:]:
        column.justify = "right"
    for term in pair.parts.terms:
        name = _TERMS.get(term.name, term.name.replace("_", " "))
        rarity = f"{term.rarity:+.2f}" if term.rarity else ""
        table.add_row(name, escape(term.level or ""), f"{term.weight:+.2f}", rarity)
    classes = (pair.parts.match_class, pair.parts.other_class)
    told = " against ".join(name.replace("_", " ") for name in classes)
    table.add_row("[bold]together[/]", told, f"[bold]{pair.weight:+.2f}[/]", "")
    return table


def _print_parted(parted: Parted, console: Console) -> None:
    for row in parted.shared:
        kind = _NAMES.get(row["identifier_type"], row["identifier_type"])
        told = f"\nBoth have the {kind} {escape(row['identifier_value'])}"
        # nothing is wrong with it where what it linked was parted again
        console.print(f"{told}, which does not link them:" if row["reasons"] else told)
        for reason in row["reasons"]:
            console.print(f"  {escape(reason)}")
    console.print(f"\n[bold]Not one customer[/], for {escape(parted.reason)}.")
    if parted.pair:
        console.print(_pair(parted.pair))


def _model(model: Row) -> str:
    version = model["model_version"]
    if "fit_id" not in model:
        return "the weights of the seed"
    when = f"{model['fitted_at']:%Y-%m-%d %H:%M} UTC"
    of = f"{model['candidate_pairs']:,} pairs of {model['records']:,} records"
    if version == "seed":
        return f"the weights of the seed: {model['reason']} ({of}, {when})"
    return f"fit {version[:8]} of {when}, to {of}"


def _table(*headings: str) -> Table:
    table = Table(
        box=None,
        padding=(0, 2, 0, 2),
        header_style="bold",
        show_header=any(headings),
    )
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table
