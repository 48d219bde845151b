"""The folders of dbt's nodes as groups that Airflow can draw.

Airflow orders the members of a group, groups among them, and shows nothing at all
when it finds a circle: a folder that needs another which needs the first. dbt doesn't
mind those, so the nodes of such folders are drawn beside them instead.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from graphlib import CycleError, TopologicalSorter


def drawn_folders(
    folders: Mapping[str, tuple[str, ...]], parents: Mapping[str, Collection[str]]
) -> dict[str, tuple[str, ...]]:
    """Return the folder that each node is drawn in, without circles.

    `folders` gives the parts of each node's path, `parents` the nodes that it reads;
    a folder that is in no circle keeps all its parts.
    """
    drawn = dict(folders)
    levels: list[tuple[str, ...]] = [()]
    while levels:
        level = levels.pop()
        while circle := _circle(level, drawn, parents):
            for node, path in drawn.items():
                if path[: len(level) + 1] in circle:
                    drawn[node] = level + path[len(level) + 1 :]
        levels += sorted(
            {
                path[: len(level) + 1]
                for path in drawn.values()
                if len(path) > len(level) and path[: len(level)] == level
            }
        )
    return drawn


def _circle(
    level: tuple[str, ...],
    folders: Mapping[str, tuple[str, ...]],
    parents: Mapping[str, Collection[str]],
) -> set[tuple[str, ...]]:
    """Folders of one circle among what is directly in the folder `level`."""
    depth = len(level) + 1
    inside = {
        node: path[:depth] if len(path) >= depth else node
        for node, path in sorted(folders.items())
        if path[: len(level)] == level
    }
    needs: dict[str | tuple[str, ...], set[str | tuple[str, ...]]] = {}
    for node, member in inside.items():
        above = {inside[p] for p in parents.get(node, ()) if p in inside}
        needed = needs.setdefault(member, set())
        # what a folder waits for is what its first nodes wait for
        if member not in above:
            needed |= above
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        return {member for member in error.args[1] if isinstance(member, tuple)}
    return set()
