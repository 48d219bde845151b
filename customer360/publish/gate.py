"""May these marts be published? Only what was built and tested as one whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import psycopg

from customer360.publish.project import DataTest, Node, Project

_PASSED = ("pass", "warn")
_FAILED = ("error", "fail")


@dataclass(frozen=True)
class _Result:
    """How a node's latest run ended; the times are the database's."""

    status: str
    finished_at: datetime
    started_at: datetime
    """When the dbt invocation that ran it was started."""


def refusals(connection: psycopg.Connection, project: Project) -> list[str]:
    """Every reason not to publish, one line each; empty when the marts are sound.

    The marts and all that they are made from must have been built, each after
    its parents; every test that touches them must have passed after the latest
    build of everything it reads; and nothing of this may be older than a run of
    dbt that never ended, for that one may have left anything half done, or than the
    taking back of the customer keys and match weights that it went by. What failed
    comes before what is only a consequence of it.
    """
    return list(_refusals(connection, project))


def _refusals(connection: psycopg.Connection, project: Project) -> Iterator[str]:
    unfinished = connection.execute(
        "select command, started_at from ops.dbt_invocations "
        # tests change nothing, whether they end or not
        "where finished_at is null and command is distinct from 'test' "
        "order by started_at desc limit 1"
    ).fetchone()
    [(taken_back_at,)] = connection.execute("select taken_back_at from ops.settlement")
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
            f"dbt {unfinished[0]}, started at {unfinished[1]:%Y-%m-%d %H:%M} UTC, has "
            "not ended (it was interrupted, is still running, or was --empty), and not "
            "everything has been built and tested again since"
        )
    if taken_back_at and any(r.started_at <= taken_back_at for r in results.values()):
        yield (
            f"a run that began at {taken_back_at:%Y-%m-%d %H:%M} UTC took back the "
            "customer keys and match weights of what is built, and not everything has "
            "been built and tested again since"
        )
    built = sorted(project.built.values(), key=lambda node: node.name)
    for node in (*built, *project.tests):
        yield from _failed(node, results.get(node.node_id))
    for node in built:
        yield from _not_built(node, results.get(node.node_id), interrupted)
    for node in built:
        yield from _outdated(node, nodes, results)
    for test in project.tests:
        yield from _not_passed(test, results.get(test.node_id), interrupted)
    for test in project.tests:
        yield from _not_run_since(test, nodes, results)


def _failed(node: Node | DataTest, result: _Result | None) -> Iterator[str]:
    if result and result.status in _FAILED:
        yield _ended(node, result)


def _ended(node: Node | DataTest, result: _Result) -> str:
    kind = "test" if isinstance(node, DataTest) else f"the last build of {node.kind}"
    return f"{kind} {node.name} ended as {result.status!r}"


def _not_built(
    node: Node, result: _Result | None, interrupted: Callable[[_Result], bool]
) -> Iterator[str]:
    if result is None:
        yield f"{node.kind} {node.name} has never been built"
    elif result.status not in ("success", *_FAILED):
        yield _ended(node, result)
    elif interrupted(result):
        yield f"{node.kind} {node.name} has not been built since dbt was interrupted"


def _outdated(
    node: Node, nodes: Mapping[str, Node], results: Mapping[str, _Result]
) -> Iterator[str]:
    for parent in _built_after(node.node_id, node.parents, results):
        yield (
            f"{node.kind} {node.name} is older than {nodes[parent].name}, which it is "
            "made from"
        )


def _not_passed(
    test: DataTest, result: _Result | None, interrupted: Callable[[_Result], bool]
) -> Iterator[str]:
    if result is None:
        yield f"test {test.name} has never run"
    elif result.status not in (*_PASSED, *_FAILED):
        yield _ended(test, result)
    elif interrupted(result):
        yield f"test {test.name} has not run since dbt was interrupted"


def _not_run_since(
    test: DataTest, nodes: Mapping[str, Node], results: Mapping[str, _Result]
) -> Iterator[str]:
    for node_id in _built_after(test.node_id, test.tested, results):
        yield f"test {test.name} has not run since {nodes[node_id].name} was built"
        return


def _built_after(
    node_id: str, parents: frozenset[str], results: Mapping[str, _Result]
) -> Iterator[str]:
    """Those of a node's parents that were built after it was."""
    result = results.get(node_id)
    for parent in sorted(parents):
        built = results.get(parent)
        # a build that failed left the parent as it was
        if result is None or built is None or built.status != "success":
            continue
        if built.finished_at > result.finished_at:
            yield parent


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
