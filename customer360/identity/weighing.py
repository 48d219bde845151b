"""What the weight of a pair is made of: a sum over its fields."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

BITS = 3


class Level(NamedTuple):
    """How a field of a pair compares."""

    field: str
    position: int
    level: int
    label: str


class Likelihood(NamedTuple):
    """What a level of a field says in a class of pairs."""

    log_probability: float
    follows_u: bool


@dataclass(frozen=True)
class Model:
    """The parameters that a pass weighs with, and what the levels are called."""

    shares: Mapping[tuple[bool, str], float]
    """Logarithm of each class's share of all pairs, by whether it is a match."""
    likelihoods: Mapping[tuple[str, str, int], Likelihood]
    """By class, field and level."""
    levels: Mapping[tuple[str, int], str]
    """Labels, by field and level."""
    fields: Sequence[str]
    """In the order of their bits."""


@dataclass(frozen=True)
class Term:
    """A part of a pair's weight."""

    name: str
    """A field; or `share` and `other_classes`, which are of no field."""
    level: str | None
    weight: float
    """What the level is worth, of any value."""
    rarity: float
    """What it is worth more, or less, for these values being rare, or common."""


@dataclass(frozen=True)
class Weighed:
    """A pair's weight: the sum of all terms' weights and rarities.

    The odds are of all classes of matches against all others. Of each kind the
    likeliest class is told field by field; what the rest of them adds is one term.
    """

    match_class: str
    other_class: str
    terms: tuple[Term, ...]

    @property
    def weight(self) -> float:
        """Natural logarithm of the odds that the pair is one person."""
        return math.fsum(term.weight + term.rarity for term in self.terms)


def weigh(model: Model, vector: int, rarities: Mapping[str, float]) -> Weighed:
    """Take a pair apart, given its levels and how rare its equal values are."""
    levels = {
        field: level
        for position, field in enumerate(model.fields)
        if (level := vector >> BITS * position & (1 << BITS) - 1)
    }

    def parts(name: str, field: str) -> tuple[float, float]:
        level = levels[field]
        found = model.likelihoods.get((name, field, level))
        if found is None:
            return 0.0, 0.0
        rare = rarities[field] if level == 1 and found.follows_u else 0.0
        return found.log_probability, rare

    joint = {
        (is_match, name): share
        + math.fsum(part for field in levels for part in parts(name, field))
        for (is_match, name), share in model.shares.items()
    }
    likeliest, mixed = {}, {}
    for kind in (True, False):
        found = {name: value for (which, name), value in joint.items() if which == kind}
        best = max(found, key=lambda name: (found[name], name))
        likeliest[kind] = best
        mixed[kind] = math.log(
            math.fsum(math.exp(max(v - found[best], -700)) for v in found.values())
        )
    match, other = likeliest[True], likeliest[False]
    terms = [
        Term("share", None, model.shares[True, match] - model.shares[False, other], 0.0)
    ]
    for field, level in levels.items():
        (m, m_rare), (u, u_rare) = parts(match, field), parts(other, field)
        terms.append(Term(field, model.levels[field, level], m - u, m_rare - u_rare))
    terms.append(Term("other_classes", None, mixed[True] - mixed[False], 0.0))
    return Weighed(match, other, tuple(terms))
