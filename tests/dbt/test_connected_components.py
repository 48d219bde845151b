"""The connected_components materialization, against a union-find in Python."""

from __future__ import annotations

import hashlib
import math
import random
import re
import shutil
from pathlib import Path

import pytest
from dbt_workplace import PROJECT, Workplace

from customer360 import warehouse

Edges = list[tuple[str, str]]


def key(number: int, salt: str = "") -> str:
    """A node's name, whose order has nothing to do with the number."""
    return hashlib.md5(f"{salt}{number}".encode(), usedforsecurity=False).hexdigest()


def path(length: int) -> Edges:
    return [(key(place), key(place + 1)) for place in range(length - 1)]


def gnm(nodes: int, edges: int, chance: random.Random) -> Edges:
    """Edges between nodes drawn at random; every node is there by itself, too."""
    return [(key(node), key(node)) for node in range(nodes)] + [
        (key(chance.randrange(nodes)), key(chance.randrange(nodes)))
        for _ in range(edges)
    ]


def tree(depth: int) -> Edges:
    return [(key(node), key(node // 2)) for node in range(2, 2**depth)]


def graphs() -> dict[str, Edges]:
    chance = random.Random(1982)
    found: dict[str, Edges] = {
        # in every order of their names: the walk along a path is the longest
        "path_200": path(200),
        "path_2000": path(2_000),
        "path_20000": path(20_000),
        "path_in_order": [(f"{n:06}", f"{n + 1:06}") for n in range(3_000)],
        "path_of_ups_and_downs": [
            (f"{n * 7919 % 3001:06}", f"{(n + 1) * 7919 % 3001:06}")
            for n in range(3_000)
        ],
        "star": [(key(0), key(arm)) for arm in range(1, 3_000)],
        "star_around_the_last": [("zzz", key(arm)) for arm in range(3_000)],
        "tree": tree(11),
        "circle": [*path(999), (key(998), key(0))],
        "singletons": [(key(node), key(node)) for node in range(100)],
        "one_node": [("only", "only")],
        "nothing": [],
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
    shuffled = [
        (left, right) if chance.random() < 0.5 else (right, left)
        for left, right in found["random_50"]
    ]
    chance.shuffle(shuffled)
    found["random_50_shuffled"] = shuffled
    return found


GRAPHS = graphs()


def union_find(edges: Edges) -> dict[str, str]:
    """Node → the smallest node that can be reached from it."""
    parents: dict[str, str] = {}

    def root(node: str) -> str:
        parents.setdefault(node, node)
        while parents[node] != node:
            parents[node] = parents[parents[node]]
            node = parents[node]
        return node

    for left, right in edges:
        smaller, larger = sorted((root(left), root(right)))
        parents[larger] = smaller
    return {node: root(node) for node in parents}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dbt project of one model for each graph, and our materialization."""
    folder = tmp_path_factory.mktemp("components")
    (folder / "dbt_project.yml").write_text(
        "name: components\nprofile: customer360\n"
        "models: {+materialized: connected_components}\n"
    )
    shutil.copytree(PROJECT / "macros" / "materializations", folder / "macros")
    (folder / "models").mkdir()
    for name in GRAPHS:
        (folder / "models" / f"{name}.sql").write_text(
            f"select node, other_node from staging.edges where graph = '{name}'"
        )
    return folder


@pytest.fixture(scope="module")
def rounds(workplace: Workplace, project: Path) -> dict[str, int]:
    """Graph → rounds it took, of a run that built them all."""
    with warehouse.connect(workplace.settings, "transformer") as connection:
        connection.execute(
            "create table staging.edges (graph text, node text, other_node text)"
        )
        with connection.cursor().copy("copy staging.edges from stdin") as copy:
            for name, edges in GRAPHS.items():
                for edge in edges:
                    copy.write_row((name, *edge))
    output = workplace.dbt("run", project=project)
    found = re.findall(r"(\w+): (\d+) rounds", output)
    return {name: int(count) for name, count in found}


def components(workplace: Workplace, graph: str) -> list[tuple[str, str]]:
    found = workplace.table(f"marts.{graph}")
    return list(zip(found["node"], found["component"], strict=True))


@pytest.mark.parametrize("graph", GRAPHS)
def test_components_are_those_of_a_union_find(
    workplace: Workplace, rounds: dict[str, int], graph: str
) -> None:
    found = components(workplace, graph)
    assert dict(found) == union_find(GRAPHS[graph])
    assert len(dict(found)) == len(found), "a node stands there twice"


def test_the_order_and_direction_of_edges_decides_nothing(
    workplace: Workplace, rounds: dict[str, int]
) -> None:
    assert components(workplace, "random_50_shuffled") == components(
        workplace, "random_50"
    )
    assert rounds["random_50_shuffled"] == rounds["random_50"]


def test_rounds_grow_like_the_logarithm(rounds: dict[str, int]) -> None:
    for graph, taken in rounds.items():
        nodes = len({node for edge in GRAPHS[graph] for node in edge})
        assert taken <= math.log2(max(nodes, 1)) + 1, graph
    # ten times the length adds a few rounds
    assert rounds["path_2000"] <= rounds["path_200"] + math.log2(10) + 1
    assert rounds["path_20000"] <= rounds["path_2000"] + math.log2(10) + 1
    assert rounds["path_20000"] > rounds["path_200"]
    assert max(rounds["star"], rounds["star_around_the_last"]) <= 2
    assert rounds["singletons"] == rounds["one_node"] == rounds["nothing"] == 0


def test_a_failure_to_converge_is_loud_and_changes_nothing(
    workplace: Workplace, rounds: dict[str, int], project: Path, tmp_path: Path
) -> None:
    broken = shutil.copytree(project, tmp_path / "broken")
    # a round that contracts nothing
    (broken / "macros" / "contract_components.sql").write_text(
        "{% macro contract_components() %}{{ return(1) }}{% endmacro %}"
    )
    before = components(workplace, "circle")
    output = workplace.dbt("run", "--select", "circle", project=broken, succeeds=False)
    assert re.search(r"connected_components .*did not converge in \d+ rounds", output)
    assert "circle" in output
    assert components(workplace, "circle") == before
