"""The order of average linkage, against scipy's."""

from __future__ import annotations

import random
from itertools import combinations

import pytest
from scipy.cluster.hierarchy import fcluster, linkage

from customer360.identity.linkage import in_millionths, replay

CERTAIN = 8.0


@pytest.mark.parametrize("seed", range(40))
def test_merges_are_scipys(seed: int) -> None:
    draw = random.Random(seed)
    nodes = draw.sample(range(1000), draw.randint(2, 14))
    pairs = list(combinations(sorted(nodes), 2))
    drawn = draw.sample(range(-8_000_000, 8_000_000), len(pairs))
    weights = dict(zip(pairs, drawn, strict=True))

    steps = replay(nodes, weights)
    expected = linkage([8_000_000 - weights[pair] for pair in pairs], method="average")

    assert [step.mean for step in steps] == pytest.approx(
        [8 - height / 1e6 for height in expected[:, 2]]
    )
    assert sorted((*steps[-1].left, *steps[-1].right)) == sorted(nodes)
    if len(nodes) > 2:
        halves = fcluster(expected, 2, criterion="maxclust")
        sides = list(zip(sorted(nodes), halves, strict=True))
        found = {frozenset(steps[-1].left), frozenset(steps[-1].right)}
        assert found == {
            frozenset(node for node, half in sides if half == number)
            for number in (1, 2)
        }


def test_what_is_beyond_certain_counts_as_certain() -> None:
    assert in_millionths(11.5, CERTAIN) == 8_000_000
    assert in_millionths(-20.0, CERTAIN) == -8_000_000
    assert in_millionths(0.1234564, CERTAIN) == 123_456
