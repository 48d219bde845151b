"""The connected_components materialization, against networkx."""

from __future__ import annotations

import hashlib
import math
import random
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import networkx
import pytest
from dbt_workplace import Workplace
from fixpoints import error_of, labels, load, model, rounds_in, write_project

from customer360 import warehouse

Edges = list[tuple[str, str]]
Weighted = list[tuple[int, int, float]]


def key(number: int) -> str:
    """A node's name, whose order has nothing to do with the number."""
    return hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest()


def gnm(nodes: int, edges: int, chance: random.Random) -> Edges:
    """Edges between nodes drawn at random; every node is there by itself, too."""
    return [(key(node), key(node)) for node in range(nodes)] + [
        (key(chance.randrange(nodes)), key(chance.randrange(nodes)))
        for _ in range(edges)
    ]


def graphs() -> dict[str, Edges]:
    chance = random.Random(1982)
    found: dict[str, Edges] = {
        "path": [(key(place), key(place + 1)) for place in range(500)],
        "path_of_ups_and_downs": [
            (f"{n * 7919 % 3001:06}", f"{(n + 1) * 7919 % 3001:06}")
            for n in range(3_000)
        ],
        "star": [(key(0), key(arm)) for arm in range(1, 500)],
        "star_around_the_last": [("zzz", key(arm)) for arm in range(500)],
        "tree": [(key(node), key(node // 2)) for node in range(2, 2**10)],
        "circle": [(key(place), key((place + 1) % 999)) for place in range(999)],
        "singletons": [(key(node), key(node)) for node in range(100)],
        "odd_edges": [
            *[("a", "b")] * 3,  # again and again
            ("b", "a"),  # and back
            ("b", "b"),  # to itself, though linked
            ("d", "c"),
            ("É", "e"),  # not in ASCII, nor in the order of any language
            ("E", "É"),
        ],
        "grid": [
            edge
            for row in range(40)
            for column in range(40)
            for edge in (
                (key(row * 41 + column), key(row * 41 + column + 1)),
                (key(row * 41 + column), key((row + 1) * 41 + column)),
            )
        ],
    }
    # below, around and above the density where one giant component appears
    for share in (30, 45, 50, 55, 100, 300):
        found[f"random_{share}"] = gnm(1_500, 15 * share, chance)
    return found


GRAPHS = graphs()
"""Each is a component, or some, of one table of edges."""


def weighted_edges() -> Weighted:
    """Between 0 and 3,000, most in one component, with a few weights more than once."""
    chance = random.Random(7)
    edges = [
        (
            chance.randrange(3_000),
            chance.randrange(3_000),
            round(chance.gauss(4, 5), chance.randrange(3)),
        )
        for _ in range(4_500)
    ]
    # nothing tells its edges apart
    edges += [(5_000, node, 2.5) for node in range(5_001, 5_050)]
    # as many as there may be, very weakly
    edges += [(6_000 + node, 6_001 + node, -40.0) for node in range(11)]
    return edges


WEIGHTED = weighted_edges()
MAX_SIZE = 12

PATH = "select node, node + 1 as other_node from generate_series(1, {length} - 1) node"
SHUFFLED_PATH = """
with nodes as (
    select place, row_number() over (order by md5(place::text)) as node
    from generate_series(1, {length}) as place
)

select nodes.node, next_nodes.node as other_node
from nodes
inner join nodes as next_nodes on next_nodes.place = nodes.place + 1
"""
# the centre is larger than half of its arms
STAR = """
select {length} / 2 as node, arm as other_node from generate_series(1, {length}) as arm
"""

SINGLE = {
    **{f"path_{length}": PATH.format(length=length) for length in (1_000, 100_000)},
    **{
        f"shuffled_path_{length}": SHUFFLED_PATH.format(length=length)
        for length in (100, 1_000, 10_000, 100_000)
    },
    **{f"star_{length}": STAR.format(length=length) for length in (1_000, 1_000_000)},
}
"""Graphs of integers, 1 to the number in the name, that are one component."""

FAULTY = {
    "no_node": model(
        "connected_components",
        "select 'a' as node, null as other_node union all select 'a', 'b'",
    ),
    "no_weight": model(
        "connected_components",
        "select 1 as node, 2 as other_node, null::float as weight",
        max_size=2,
    ),
    "wrong_unit": model(
        "connected_components",
        "select 0 as node, n as other_node, n * 1e6 as weight "
        "from generate_series(1, 1100) n",
        max_size=5,
        tighten_by=1000,
    ),
}


def models() -> dict[str, str]:
    edges = "select node, other_node from staging.edges"
    tightened = "select node, other_node, weight from staging.weighted"
    by_name = {
        "named": edges,
        "named_shuffled": "select other_node as node, node as other_node "
        "from staging.edges order by md5(node || other_node)",
        "nothing": f"{edges} where false",
        "one_node": "select 7 as node, 7 as other_node",
        **SINGLE,
    }
    return {
        **{name: model("connected_components", sql) for name, sql in by_name.items()},
        "tightened": model("connected_components", tightened, max_size=MAX_SIZE),
        "tightened_by_two": model(
            "connected_components", tightened, max_size=MAX_SIZE, tighten_by=2
        ),
        "roomy": model("connected_components", tightened, max_size=10_000),
        **FAULTY,
    }


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_project(tmp_path_factory.mktemp("components") / "project", models())


@pytest.fixture(scope="module")
def output(workplace: Workplace, project: Path) -> str:
    """What dbt says of a run of all models."""
    load(
        workplace,
        "staging.edges",
        "node text, other_node text",
        (
            (f"{name} {node}", f"{name} {other}")
            for name, edges in GRAPHS.items()
            for node, other in edges
        ),
    )
    load(
        workplace,
        "staging.weighted",
        "node int, other_node int, weight float",
        WEIGHTED,
    )
    return workplace.dbt("run", project=project, succeeds=False)


@pytest.fixture(scope="module")
def rounds(output: str) -> dict[str, int]:
    return rounds_in(output)


def smallest_of_each(graph: networkx.Graph) -> dict[object, object]:
    return {
        node: min(nodes)
        for nodes in networkx.connected_components(graph)
        for node in nodes
    }


def test_components_are_those_of_networkx(workplace: Workplace, output: str) -> None:
    found = labels(workplace, "named")
    for name, edges in GRAPHS.items():
        expected = smallest_of_each(networkx.Graph(edges))
        assert {
            node: found[f"{name} {node}"].removeprefix(f"{name} ") for node in expected
        } == expected, name
    assert len(found) == sum(len(networkx.Graph(edges)) for edges in GRAPHS.values())


def test_the_order_and_direction_of_edges_decides_nothing(
    workplace: Workplace, rounds: dict[str, int]
) -> None:
    assert labels(workplace, "named_shuffled") == labels(workplace, "named")
    assert rounds["named_shuffled"] == rounds["named"]


@pytest.mark.parametrize("name", SINGLE)
def test_a_path_and_a_star_are_one_component_however_large(
    workplace: Workplace, output: str, name: str
) -> None:
    with warehouse.connect(workplace.settings, "transformer") as connection:
        [found] = connection.execute(
            "select count(*), count(distinct node), max(node), max(component)"
            f" from marts.{name}"
        ).fetchall()
    length = int(name.rpartition("_")[2])
    assert found == (length, length, length, 1)


def test_rounds_grow_like_the_logarithm(rounds: dict[str, int]) -> None:
    for name in SINGLE:
        assert rounds[name] <= math.log2(int(name.rpartition("_")[2]))
    assert rounds["shuffled_path_100000"] > rounds["shuffled_path_100"]
    # ten times the length adds as many rounds each time
    for length in (100, 1_000, 10_000):
        longer, shorter = f"shuffled_path_{length * 10}", f"shuffled_path_{length}"
        assert rounds[longer] <= rounds[shorter] + math.log2(10)
    assert rounds["path_1000"] == rounds["path_100000"] == 1
    assert rounds["star_1000000"] == rounds["star_1000"] == 2
    assert rounds["named"] <= math.log2(len(GRAPHS["random_300"]))


def test_what_has_no_edges(workplace: Workplace, output: str) -> None:
    assert labels(workplace, "nothing") == {}
    assert labels(workplace, "one_node") == {7: 7}


def tightened(edges: Weighted, unit: float) -> Iterator[set[int]]:
    """Components, the large ones without their weakest edges, and so on."""
    graph = networkx.Graph()
    weights: dict[tuple[int, int], float] = defaultdict(lambda: -math.inf)
    for node, other, weight in edges:
        graph.add_nodes_from((node, other))
        if node != other:
            pair = min(node, other), max(node, other)
            weights[pair] = max(weights[pair], weight)
    for (node, other), weight in weights.items():
        graph.add_edge(node, other, weight=weight)
    todo = [graph.subgraph(nodes) for nodes in networkx.connected_components(graph)]
    while todo:
        component = todo.pop()
        if len(component) <= MAX_SIZE:
            yield set(component)
            continue
        held = [weight for _, _, weight in component.edges.data("weight")]
        needed = (math.floor(min(held) / unit) + 1) * unit
        left = networkx.Graph()
        left.add_nodes_from(component)
        left.add_edges_from(
            (node, other, {"weight": weight})
            for node, other, weight in component.edges.data("weight")
            if weight >= needed
        )
        todo += [left.subgraph(nodes) for nodes in networkx.connected_components(left)]


@pytest.mark.parametrize(("name", "unit"), [("tightened", 1), ("tightened_by_two", 2)])
def test_large_components_lose_their_weakest_edges(
    workplace: Workplace, output: str, name: str, unit: float
) -> None:
    found = labels(workplace, name)
    groups = list(tightened(WEIGHTED, unit))
    assert found == {node: min(nodes) for nodes in groups for node in nodes}
    sizes = {len(nodes) for nodes in groups}
    assert max(sizes) == MAX_SIZE
    assert len(sizes) > MAX_SIZE / 2
    assert f"{name}: 2 components of more than 12 nodes, divided in" in output


def test_components_that_are_small_enough_stay_as_they_are(
    workplace: Workplace, output: str
) -> None:
    graph = networkx.Graph([(node, other) for node, other, _ in WEIGHTED])
    assert labels(workplace, "roomy") == smallest_of_each(graph)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no_node", "no_node selects pairs without a node, such as (a, None)"),
        ("no_weight", "selects pairs without a weight, such as (1, 2)"),
        ("wrong_unit", "of wrong_unit would take up to 1100 steps: tighten_by"),
    ],
)
def test_edges_that_mean_nothing_are_an_error(
    output: str, name: str, message: str
) -> None:
    assert message in error_of(name, output)


def test_a_failure_to_converge_is_loud_and_changes_nothing(
    workplace: Workplace, output: str, project: Path
) -> None:
    # a round that contracts nothing
    (project / "macros" / "contract_components.sql").write_text(
        "{% macro contract_components(edges, hooks, contracted) %}"
        "{% do run_query('create temporary table ' ~ hooks ~ ' as select node, node "
        "as parent from ' ~ edges ~ '; create temporary table ' ~ contracted ~ "
        "' as select node, other_node from ' ~ edges) %}"
        "{{ return(1) }}{% endmacro %}"
    )
    before = labels(workplace, "named")
    said = workplace.dbt("run", "--select", "named", project=project, succeeds=False)
    assert re.search(
        r"of named did not converge in \d+ rounds", error_of("named", said)
    )
    assert labels(workplace, "named") == before
