"""In which order average linkage has put a cluster together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

MILLIONTHS = 1_000_000


@dataclass(frozen=True)
class Step:
    """Two clusters that became one."""

    left: tuple[int, ...]
    right: tuple[int, ...]
    mean: float
    """Of the weights between them, each clipped."""


def in_millionths(weight: float, certain: float) -> int:
    """A weight as the linkage adds it up: clipped, in whole millionths."""
    return round(MILLIONTHS * min(max(weight, -certain), certain))


def replay(nodes: Iterable[int], weights: Mapping[tuple[int, int], int]) -> list[Step]:
    """The merges that make one cluster of all nodes, the highest mean first.

    `weights` has every pair once, in millionths. Merges elsewhere change nothing
    here, so that a cluster's own pairs tell all of it; of equal means the smaller
    nodes merge first, where the materialization may take another way to the same end.
    """
    clusters = {node: (node,) for node in sorted(nodes)}
    totals = {tuple(sorted(pair)): weight for pair, weight in weights.items()}
    steps = []
    while len(clusters) > 1:
        mean, left, right = max(
            (
                (
                    Fraction(
                        totals.get((a, b), 0), len(clusters[a]) * len(clusters[b])
                    ),
                    -a,
                    -b,
                )
                for a in clusters
                for b in clusters
                if a < b
            ),
        )
        a, b = -left, -right
        steps.append(Step(clusters[a], clusters[b], float(mean / MILLIONTHS)))
        clusters[a] = (*clusters[a], *clusters.pop(b))
        for c in clusters:
            if c != a:
                moved = totals.pop(tuple(sorted((b, c))), 0)
                pair = tuple(sorted((a, c)))
                totals[pair] = totals.get(pair, 0) + moved
    return steps
