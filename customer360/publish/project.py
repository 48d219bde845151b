"""What dbt's manifest says: the public marts, and what each is made from."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from customer360.errors import UserError
from customer360.settings import Settings

METADATA_PREFIX = "publication"
"""Tables of `published` whose names start so are about the publication itself."""

_BUILT = ("model", "seed", "snapshot")
_NAME = re.compile(r"[a-z_][a-z0-9_]*")


@dataclass(frozen=True)
class Mart:
    """A public model, as its contract declares it."""

    name: str
    """Its table's name, in dbt's schema and in `published` alike."""
    schema: str
    """The schema that dbt builds it in."""
    columns: Mapping[str, str]
    """Description by column, in the contract's order."""
    primary_key: tuple[str, ...]
    description: str


@dataclass(frozen=True)
class Node:
    """A model, seed or snapshot that dbt builds."""

    node_id: str
    name: str
    kind: str
    parents: frozenset[str]
    """Ids of the built nodes it reads; ephemeral models are seen through."""


@dataclass(frozen=True)
class DataTest:
    """A test of the data that stops a build (severity error)."""

    node_id: str
    name: str
    tested: frozenset[str]
    """Ids of the built nodes it reads."""


class Project:
    """The graph of a dbt project, from its manifest."""

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        self._nodes: Mapping[str, Any] = manifest["nodes"]

    @cached_property
    def marts(self) -> tuple[Mart, ...]:
        """Return the public marts by name; UserError when one cannot be published."""
        public = [
            node
            for node in self._nodes.values()
            if node["resource_type"] == "model" and node.get("access") == "public"
        ]
        if not public:
            raise UserError(
                "Nothing to publish: the dbt project has no model with access: public."
            )
        marts = sorted((_mart(node) for node in public), key=lambda mart: mart.name)
        for mart, following in pairwise(marts):
            if mart.name == following.name:
                raise UserError(f"Two public models build a table named {mart.name}.")
        return tuple(marts)

    @cached_property
    def built(self) -> dict[str, Node]:
        """Return what the public marts are made from, themselves included."""
        found: dict[str, Node] = {}
        waiting = [
            node_id
            for node_id, node in self._nodes.items()
            if node["resource_type"] == "model" and node.get("access") == "public"
        ]
        while waiting:
            node_id = waiting.pop()
            if node_id in found:
                continue
            found[node_id] = node = self.node(node_id)
            waiting.extend(node.parents)
        return found

    @cached_property
    def tests(self) -> tuple[DataTest, ...]:
        """Return the tests that touch a mart or anything it is made from."""
        tests = []
        for node_id, node in self._nodes.items():
            if node["resource_type"] != "test" or _severity(node) != "error":
                continue
            tested = frozenset(self._built_parents(node))
            if not tested.isdisjoint(self.built):
                tests.append(DataTest(node_id, node["name"], tested))
        return tuple(sorted(tests, key=lambda test: test.name))

    def node(self, node_id: str) -> Node:
        """Return one built node, whether the marts need it or not."""
        node = self._nodes[node_id]
        return Node(
            node_id,
            node["name"],
            node["resource_type"],
            frozenset(self._built_parents(node)),
        )

    def _built_parents(self, node: Mapping[str, Any]) -> Iterator[str]:
        for parent_id in node.get("depends_on", {}).get("nodes", ()):
            parent = self._nodes.get(parent_id)
            # sources, macros and functions are not built by a run
            if parent is None or parent["resource_type"] not in _BUILT:
                continue
            if parent["config"].get("materialized") == "ephemeral":
                yield from self._built_parents(parent)
            else:
                yield parent_id


def read_project(settings: Settings) -> Project:
    """Read the manifest that dbt wrote last; UserError when there is none."""
    target = os.environ.get("DBT_TARGET_PATH") or "target"
    path = settings.dbt_project_dir / target / "manifest.json"
    try:
        project = Project(json.loads(path.read_text(encoding="utf-8")))
        # all that is ever asked of it, so that a strange manifest shows up here
        _ = project.marts, project.built, project.tests
        return project
    except FileNotFoundError:
        raise UserError(
            "Nothing to publish: dbt has built nothing yet. Run customer360 dbt build "
            f"first (there is no {path})."
        ) from None
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise UserError(
            f"{path} is not a manifest of dbt's ({type(error).__name__}): run "
            "customer360 dbt build again."
        ) from None


def _mart(node: Mapping[str, Any]) -> Mart:
    name = node["alias"]
    if not _NAME.fullmatch(name) or name.startswith(METADATA_PREFIX):
        raise UserError(
            f"The public model {node['name']} builds a table named {name!r}: use "
            f"snake_case, and no name that starts with {METADATA_PREFIX}."
        )
    columns = {
        column["name"]: column.get("description") or ""
        for column in node["columns"].values()
    }
    if not columns or not (node["config"].get("contract") or {}).get("enforced"):
        raise UserError(
            f"The public model {node['name']} has no enforced contract: declare its "
            "columns in its YAML file, with contract: {enforced: true}."
        )
    key = _primary_key(node)
    if not key:
        raise UserError(
            f"The public model {node['name']} declares no primary key: add a "
            "primary_key constraint to its contract."
        )
    return Mart(name, node["schema"], columns, key, node.get("description") or "")


def _primary_key(node: Mapping[str, Any]) -> tuple[str, ...]:
    for constraint in node.get("constraints") or ():
        if constraint["type"] == "primary_key":
            return tuple(constraint["columns"])
    return tuple(
        column["name"]
        for column in node["columns"].values()
        for constraint in column.get("constraints") or ()
        if constraint["type"] == "primary_key"
    )


def _severity(node: Mapping[str, Any]) -> str:
    return str(node["config"].get("severity") or "error").lower()
