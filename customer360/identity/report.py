"""What was found, for whoever wants to know what says most."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from customer360.identity.fits import RememberedFit
from customer360.identity.model import STRANGER
from customer360.identity.parameters import Parameter


def report(
    console: Console,
    fit: RememberedFit,
    parameters: Sequence[Parameter],
    *,
    outcome: str,
) -> None:
    """Print a line on what happened, the classes, and the fields."""
    console.print(f"{outcome[0].upper()}{outcome[1:]}.", highlight=False)
    console.print(_classes(fit, parameters))
    console.print(_fields(fit, parameters))


def outcome(
    fit: RememberedFit, *, is_new: bool, drift: float | None, seconds: float
) -> str:
    """What came of it, as the words of a sentence."""
    name = f"fit {fit.fit_id[:8]}"
    of = f"{fit.candidate_pairs:,} pairs of {fit.records:,} records"
    if fit.origin == "fallback":
        return (
            f"not fitted, for {fit.reason}: the parameters of the seed stand in "
            f"({of}, {name})"
        )
    if not is_new:
        return (
            f"the {name} stays: today's pairs have drifted from it by {drift:.0%} of "
            "what makes another one due"
        )
    ended = "" if fit.has_converged else ", without converging"
    return f"fitted to {of} in {fit.rounds} rounds{ended} ({name}, {seconds:.1f} s)"


def _classes(fit: RememberedFit, parameters: Sequence[Parameter]) -> Table:
    table = _table("Class", "One person", "Pairs", "Of all pairs, one in")
    shares = [row for row in parameters if row.field is None]
    shares.sort(key=lambda row: (not row.is_match, -row.log_probability))
    for row in shares:
        pairs = math.exp(row.log_probability) * fit.possible_pairs
        one_in = f"{math.exp(-row.log_probability):,.0f}" if pairs >= 0.5 else ""
        table.add_row(
            row.pair_class, "yes" if row.is_match else "", f"{pairs:,.0f}", one_in
        )
    return table


def _fields(fit: RememberedFit, parameters: Sequence[Parameter]) -> Table:
    """The fields, what says most about a pair of one person first."""
    levels: dict[tuple[str, bool], dict[int, float]] = {}
    for row in parameters:
        # the m of a field stands with the match classes that do not follow u
        is_m = row.is_match and not row.follows_u
        if row.field is not None and (is_m or row.pair_class == STRANGER):
            of_field = levels.setdefault((row.field, row.is_match), {})
            of_field[row.level or 0] = math.exp(row.log_probability)
    told = []
    for field in sorted({field for field, _ in levels}):
        if (field, True) not in levels or (field, False) not in levels:
            continue
        m, u = levels[field, True], levels[field, False]
        weights = {level: math.log(m[level] / u[level]) for level in m}
        last = max(m)
        compared = 1 - fit.level_shares["candidate"][field][0]
        says = compared * sum(m[level] * weights[level] for level in m)
        told.append((says, field, compared, m[1], u[1], weights[1], weights[last]))
    table = _table(
        *("Field", "Compared", "Equal if one person", "Equal if strangers"),
        *("Weight if equal", "if different", "Says"),
    )
    for says, field, compared, m, u, equal, different in sorted(told, reverse=True):
        table.add_row(
            *(field, f"{compared:.0%}", f"{m:.1%}", f"{u:.2g}"),
            *(f"{equal:+.1f}", f"{different:+.1f}", f"{says:.1f}"),
        )
    return table


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column(first)
    for heading in others:
        table.add_column(heading, justify="right")
    return table
