"""The average_linkage materialization, against scipy and by the rule of its ties."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from dbt_workplace import Workplace
from fixpoints import error_of, labels, load, model, rounds_in, write_project
from scipy.cluster.hierarchy import fcluster, linkage

Weights = dict[tuple[int, int], int]
"""Pair of nodes, the smaller one first → weight."""

LARGEST = 150


def planted(nodes: list[int], chance: np.random.Generator) -> Weights:
    """Weights of people with some records each; no two are equal."""
    person = chance.integers(0, max(1, len(nodes) // 4) + 1, len(nodes))
    pairs = list(combinations(range(len(nodes)), 2))
    left, right = np.array(pairs).T
    means = np.where(person[left] == person[right], 4e9, -3e9)
    drawn = np.rint(chance.normal(means, 5e9)).astype(np.int64)
    assert len(set(drawn)) == len(drawn)
    return {
        (nodes[a], nodes[b]): int(weight)
        for (a, b), weight in zip(pairs, drawn, strict=True)
    }


def random_components() -> list[Weights]:
    """A thousand, of 2 to 150 nodes, most of them small."""
    chance = np.random.default_rng(1958)
    sizes = 2 + np.rint((LARGEST - 2) * chance.random(1_000) ** 16).astype(int)
    sizes[0] = LARGEST
    # neighbouring numbers are of different components
    numbers = iter(chance.permutation(2 * sizes.sum()).tolist())
    return [
        planted(sorted(next(numbers) for _ in range(size)), chance) for size in sizes
    ]


def tied_components() -> list[Weights]:
    """Weights of a few values, as those that are clipped have."""
    chance = random.Random(1958)
    found = []
    for first in range(0, 150_000, 1_000):
        nodes = sorted(
            chance.sample(range(first, first + 1_000), chance.randint(2, 25))
        )
        values = chance.choice([(8, 8, 8, -8), (-1, 0, 1), (8, 7, -8), (3, 2, 1, -1)])
        found.append({pair: chance.choice(values) for pair in combinations(nodes, 2)})
    # components of two, around both thresholds
    found += [{(node, node + 1): node % 10 - 4} for node in range(200_000, 200_100, 2)]
    return found


RANDOM = random_components()
TIED = tied_components()

# nodes by another name each, in another order
# nodes by another name each, in another order
RENAMED = "({node}::bigint * 7919 + 31) % 1000003"

MUST_LINKS = """
select node, other_node, weight, is_must_link
from (
    values
    -- against the only evidence
    ('b', 'a', -8, true),
    -- c and e are one, though nobody likes e: then d has 5 - 6 < 0
    ('c', 'd', 5, false), ('c', 'e', -8, true), ('d', 'e', -6, null),
    -- as a chain, which pulls a fourth one in
    ('f', 'g', -1, true), ('h', 'g', -1, true), ('f', 'h', -9, false),
    ('i', 'f', 4, false), ('i', 'g', 4, false), ('i', 'h', -7, false),
    ('É', 'É', null, null), ('É', 'É', null, true)
) as pairs (node, other_node, weight, is_must_link)
"""

EQUAL = f"""
select node, other_node, 8000000 as weight
from generate_series(1, {LARGEST}) as node
inner join generate_series(1, {LARGEST}) as other_node on node < other_node
"""

FAULTY = {
    "no_node": (
        "select null::int as node, 1 as other_node, 1 as weight",
        "selects pairs without a node, such as (None, 1)",
    ),
    "no_weight": (
        "select 'x' as node, 'y' as other_node, null::int as weight",
        "selects pairs without a weight, such as (x, y)",
    ),
    "twice": (
        "select * from (values ('x', 'y', 1), ('a', 'b', 1), ('y', 'x', 1))"
        " as pairs (node, other_node, weight)",
        "selects pairs more than once, such as (x, y)",
    ),
    "one_for_another": (
        "select * from (values (1, 2, 1), (3, 4, 1), (1, 4, 1), (2, 3, 1), (1, 2, 1),"
        " (3, 4, 1)) as pairs (node, other_node, weight)",
        "selects pairs more than once, such as (1, 2), (3, 4)",
    ),
    "open_end": (
        "select * from (values (1, 2, 1), (2, 3, 1))"
        " as pairs (node, other_node, weight)",
        "lacks pairs of nodes of one component, such as (1, 3)",
    ),
    "star": (
        "select 'a' as node, arm as other_node, 1 as weight"
        " from unnest(array['b', 'c', 'd']) as arm",
        "lacks pairs of nodes of one component, such as (b, c), (b, d), (c, d)",
    ),
    "no_diagonals": (
        "select * from (values (1, 3, 1), (3, 4, 1), (4, 2, 1), (2, 5, 1), (5, 6, 1),"
        " (6, 1, 1)) as pairs (node, other_node, weight)",
        "lacks pairs of nodes of one component, such as (1, 4), (1, 5)",
    ),
    "no_integer": (
        "select 1 as node, 2 as other_node, 0.5 as weight",
        "of no_integer sums integers: weight is numeric",
    ),
}


def models() -> dict[str, str]:
    given = "select node, other_node, weight from staging.{}"
    by_name = {
        "random": given.format("random"),
        "tied": given.format("tied"),
        "tied_shuffled": "select other_node as node, node as other_node, weight "
        "from staging.tied order by md5(node || ' ' || other_node)",
        "tied_renamed": f"select {RENAMED.format(node='node')} as node, "
        f"{RENAMED.format(node='other_node')} as other_node, weight "
        "from staging.tied",
        "must_links": MUST_LINKS,
        "equal": EQUAL,
        "nothing": f"{EQUAL} where false",
        "one_node": "select 7 as node, 7 as other_node, null::bigint as weight",
        **{name: query for name, (query, _) in FAULTY.items()},
    }
    return {
        **{name: model("average_linkage", query) for name, query in by_name.items()},
        "tied_above_two": model("average_linkage", by_name["tied"], threshold=2),
    }


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_project(tmp_path_factory.mktemp("linkage") / "project", models())


@pytest.fixture(scope="module")
def output(workplace: Workplace, project: Path) -> str:
    """What dbt says of a run of all models."""
    columns = "node int, other_node int, weight bigint"
    load(workplace, "staging.random", columns, rows(RANDOM))
    load(workplace, "staging.tied", columns, rows(TIED))
    return workplace.dbt("run", project=project, succeeds=False)


def rows(components: Iterable[Weights]) -> Iterator[tuple[int, int, int]]:
    for weights in components:
        for (node, other), weight in weights.items():
            yield node, other, weight


def nodes_of(weights: Weights) -> list[int]:
    return sorted({node for pair in weights for node in pair})


def by_scipy(weights: Weights) -> dict[int, int]:
    """Node → smallest node of its cluster, by scipy's average linkage cut at 0."""
    nodes = nodes_of(weights)
    top = max(weights.values())
    distances = [top - weights[pair] for pair in combinations(nodes, 2)]
    flat = fcluster(linkage(distances, "average"), top - 1e-3, "distance")
    smallest: dict[int, int] = {}
    return {
        node: smallest.setdefault(cluster, node)
        for node, cluster in zip(nodes, flat, strict=True)
    }


def one_at_a_time(weights: Weights, threshold: int = 0) -> dict[int, int]:
    """Merge the best pair of a component, and so on; equal means go by the places that
    the clusters' smallest nodes have in the component.

    That is average linkage whatever decides between equal means.
    """
    nodes = nodes_of(weights)
    clusters = {place: [node] for place, node in enumerate(nodes)}
    totals = {(a, b): weights[nodes[a], nodes[b]] for a, b in combinations(clusters, 2)}
    while totals:

        def order(pair: tuple[int, int]) -> tuple[Fraction, int, int]:
            a, b = pair
            size = len(clusters[a]) * len(clusters[b])
            return -Fraction(totals[pair], size), a ^ b, a

        best = min(totals, key=order)
        if -order(best)[0] <= threshold:
            break
        kept, gone = best
        del totals[best]
        for place in clusters:
            if place not in best:
                total = totals.pop((min(gone, place), max(gone, place)))
                totals[min(kept, place), max(kept, place)] += total
        clusters[kept] += clusters.pop(gone)
    return {node: min(members) for members in clusters.values() for node in members}


def test_clusters_are_those_of_scipy(workplace: Workplace, output: str) -> None:
    found = labels(workplace, "random")
    expected = [by_scipy(weights) for weights in RANDOM]
    assert found == {k: v for component in expected for k, v in component.items()}
    # neither everything in one nor everything alone
    assert len(found) / 4 < len(set(found.values())) < len(found) * 3 / 4


def test_equal_means_go_by_the_order_of_nodes(
    workplace: Workplace, output: str
) -> None:
    for name, threshold in (("tied", 0), ("tied_above_two", 2)):
        assert labels(workplace, name) == {
            node: cluster
            for weights in TIED
            for node, cluster in one_at_a_time(weights, threshold).items()
        }


def test_the_order_and_direction_of_pairs_decides_nothing(
    workplace: Workplace, output: str
) -> None:
    assert labels(workplace, "tied_shuffled") == labels(workplace, "tied")
    rounds = rounds_in(output)
    assert rounds["tied_shuffled"] == rounds["tied"]


def test_under_other_names_it_is_an_average_linkage_still(
    workplace: Workplace, output: str
) -> None:
    def renamed(node: int) -> int:
        return (node * 7919 + 31) % 1_000_003

    expected: dict[int, int] = {}
    for weights in TIED:
        other = {
            (min(pair), max(pair)): weight
            for pair, weight in (
                ((renamed(a), renamed(b)), weight) for (a, b), weight in weights.items()
            )
        }
        expected |= one_at_a_time(other)
    assert labels(workplace, "tied_renamed") == expected


def test_a_clique_of_equal_weights_halves_every_round(
    workplace: Workplace, output: str
) -> None:
    assert labels(workplace, "equal") == dict.fromkeys(range(1, LARGEST + 1), 1)
    assert 2 ** (rounds_in(output)["equal"] - 1) < LARGEST


def test_must_links_start_in_one_cluster(workplace: Workplace, output: str) -> None:
    assert labels(workplace, "must_links") == {
        **{"a": "a", "b": "a"},
        **{"c": "c", "e": "c", "d": "d"},
        **{"f": "f", "g": "f", "h": "f", "i": "f"},
        "É": "É",
    }


def test_what_has_no_pairs(workplace: Workplace, output: str) -> None:
    assert labels(workplace, "nothing") == {}
    assert labels(workplace, "one_node") == {7: 7}
    rounds = rounds_in(output)
    assert rounds["nothing"] == rounds["one_node"] == 0


@pytest.mark.parametrize("name", FAULTY)
def test_pairs_that_have_no_answer_are_an_error(output: str, name: str) -> None:
    assert FAULTY[name][1] in error_of(name, output)


def test_a_failure_to_converge_is_loud_and_changes_nothing(
    workplace: Workplace, output: str, project: Path
) -> None:
    # a round that merges nothing
    (project / "macros" / "merge_best_pairs.sql").write_text(
        "{% macro merge_best_pairs(threshold) %}{{ return(1) }}{% endmacro %}"
    )
    before = labels(workplace, "tied")
    said = workplace.dbt("run", "--select", "tied", project=project, succeeds=False)
    assert "of tied did not converge in 24 rounds" in error_of("tied", said)
    assert labels(workplace, "tied") == before
