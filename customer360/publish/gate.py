"""May these marts be published? Only what was built and tested as one whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import psycopg

from customer360.publish.project import DataTest, Node, Project

_PASSED = ("pass", "warn")


@dataclass(frozen=True)
class _Result:
    """How a node's latest run ended."""

    status: str
    finished_at: datetime
    started_at: datetime
    """When the dbt invocation that ran it was started."""


def refusals(connection: psycopg.Connection, project: Project) -> list[str]:
    """Every reason not to publish, one line each; empty when the marts are sound.

    The marts and all that they are made from must have been built, each after
    its parents; every test that touches them must have passed after the latest
    build of everything it reads; and nothing of this may be older than a run of
    dbt that never ended, for that one may have left anything half done.
    """
    return list(_refusals(connection, project))


def _refusals(connection: psycopg.Connection, project: Project) -> Iterator[str]:
    unfinished = connection.execute(
        "select command, started_at from ops.dbt_invocations "
        "where finished_at is null order by started_at desc limit 1"
    ).fetchone()
    # a test may also read nodes that no mart is made from
    nodes = dict(project.built)
    for test in project.tests:
        for node_id in test.tested - nodes.keys():
            nodes[node_id] = project.node(node_id)
    results = _latest_results(
        connection, [*nodes, *(test.node_id for test in project.tests)]
    )

    def interrupted(result: _Result) -> bool:
        return unfinished is not None and result.started_at <= unfinished[1]

    if unfinished and any(interrupted(result) for result in results.values()):
        yield (
            f"dbt {unfinished[0]}, started at {unfinished[1]:%Y-%m-%d %H:%M} UTC, is "
            "still running or was interrupted, and not everything has been built and "
            "tested again since"
        )
    for node in sorted(project.built.values(), key=lambda node: node.name):
        yield from _unsound(node, nodes, results, interrupted)
    for test in project.tests:
        yield from _untested(test, nodes, results, interrupted)


def _unsound(
    node: Node,
    nodes: Mapping[str, Node],
    results: Mapping[str, _Result],
    interrupted: Callable[[_Result], bool],
) -> Iterator[str]:
    what = f"{node.kind} {node.name}"
    result = results.get(node.node_id)
    if result is None:
        yield f"{what} has never been built"
    elif result.status != "success":
        yield f"the last build of {what} ended as {result.status!r}"
    elif interrupted(result):
        yield f"{what} has not been built since dbt was interrupted"
    else:
        for parent in sorted(node.parents):
            newer = results.get(parent)
            if newer and newer.finished_at > result.finished_at:
                yield f"{what} is older than {nodes[parent].name}, which it is made of"


def _untested(
    test: DataTest,
    nodes: Mapping[str, Node],
    results: Mapping[str, _Result],
    interrupted: Callable[[_Result], bool],
) -> Iterator[str]:
    result = results.get(test.node_id)
    if result is None:
        yield f"test {test.name} has never run"
    elif result.status not in _PASSED:
        yield f"test {test.name} ended as {result.status!r}"
    elif interrupted(result):
        yield f"test {test.name} has not run since dbt was interrupted"
    else:
        for node_id in sorted(test.tested):
            built = results.get(node_id)
            if built and built.finished_at > result.finished_at:
                yield (
                    f"test {test.name} has not run since {nodes[node_id].name} was "
                    "built"
                )


def _latest_results(
    connection: psycopg.Connection, node_ids: list[str]
) -> dict[str, _Result]:
    rows = connection.execute(
        "select distinct on (node_id) node_id, status, "
        "dbt_results.finished_at, started_at "
        "from ops.dbt_results inner join ops.dbt_invocations using (invocation_id) "
        "where node_id = any(%s) and dbt_results.finished_at is not null "
        "order by node_id, dbt_results.finished_at desc, started_at desc",
        (node_ids,),
    )
    return {row[0]: _Result(*row[1:]) for row in rows}
