"""What one run of dbt has made of each model so far, its tests included."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

SHOWN_TYPES = ("model", "seed", "snapshot")
"""dbt's resource types that are tasks; tests count towards what they test."""

_BAD = {"error", "fail", "runtime error", "partial success"}

# a fresh attempt may well succeed: the connection or the server's state failed,
# not the model
_TRANSIENT = re.compile(
    r"server closed the connection|connection to server|could not connect"
    r"|connection (already )?closed|terminating connection|the database system is"
    r"|SSL connection has been closed|too many clients|remaining connection slots"
    r"|deadlock detected|could not serialize|lock timeout",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class NodeEvent:
    """Something happened to one of dbt's nodes: a model, seed, snapshot or test."""

    node: str
    """dbt's unique id."""
    total: int = 0
    """How many nodes the command runs; 0 where dbt does not say."""
    status: str = "started"
    """`started`, or how it ended: success, pass, warn, fail, error, skipped …"""
    seconds: float = 0.0
    message: str = ""
    fitted: str = ""
    """What came of the fit before it, where there is one."""


@dataclass(frozen=True)
class Verdict:
    """How a model fares: `running`, `success`, `failed`, `skipped` or `lost`.

    `lost` is a failure that trying again may mend. `log` is for people: a line for
    the model, for each of its tests that did not pass, and for those that did.
    """

    state: str
    log: list[str] = field(default_factory=list)


class Board:
    """Collects what dbt says and judges each model, seed and snapshot by it.

    `manifest` is dbt's own. A model has failed when it or a test of it failed,
    and succeeded when it and all its tests did.
    """

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        self._owner = _owners(manifest)
        self._tests: dict[str, set[str]] = defaultdict(set)
        for test, owner in self._owner.items():
            self._tests[owner].add(test)
        self._started: set[str] = set()
        self._ended: dict[str, NodeEvent] = {}
        self.total = 0
        self.current = ""

    def hear(self, event: NodeEvent) -> None:
        """Take in one of dbt's events."""
        if event.status == "started":
            self.total = event.total or self.total
            self.current = event.node
            self._started.add(event.node)
        else:
            self._ended[event.node] = event

    @property
    def done(self) -> int:
        """How many nodes have ended."""
        return len(self._ended)

    def ended(self, *resource_types: str) -> list[NodeEvent]:
        """How the nodes of these types ended, those that did."""
        kinds = tuple(f"{kind}." for kind in resource_types)
        return [e for e in self._ended.values() if e.node.startswith(kinds)]

    def fits(self) -> list[str]:
        """What came of each fit."""
        return [event.fitted for event in self._ended.values() if event.fitted]

    def bad(self) -> list[NodeEvent]:
        """Nodes that failed, in the order they did."""
        return [event for event in self._ended.values() if _is_bad(event)]

    def is_transient(self) -> bool:
        """Whether everything that failed might not, if it were tried again."""
        bad = self.bad()
        return bool(bad) and all(may_pass(event.message) for event in bad)

    def owner(self, node: str) -> str:
        """The model that a test belongs to; any other node is its own."""
        return self._owner.get(node, node)

    def verdicts(self, *, over: bool = False) -> dict[str, Verdict]:
        """Judge every model that dbt has come to; `over` when dbt has ended.

        While dbt runs, a model whose tests are still to come is `running`. One
        that is not in the result has not been run.
        """
        shown = {
            self.owner(node)
            for node in self._started | self._ended.keys()
            if self.owner(node).startswith(tuple(f"{t}." for t in SHOWN_TYPES))
        }
        verdicts = {node: self._judge(node, over) for node in sorted(shown)}
        if any(verdict.state == "lost" for verdict in verdicts.values()):
            # what waits for a lost one is not settled either
            return {n: v for n, v in verdicts.items() if v.state != "skipped"}
        return verdicts

    def _judge(self, node: str, over: bool) -> Verdict:
        own = self._ended.get(node)
        tests = [self._ended[t] for t in sorted(self._tests[node]) if t in self._ended]
        bad = [event for event in (own, *tests) if event and _is_bad(event)]
        log = [_sentence(own)] if own else []
        log += [_sentence(test) for test in tests if test.status != "pass"]
        passed = sum(test.status == "pass" for test in tests)
        log += [f"{passed} of {len(tests)} tests passed"] if tests else []
        if bad:
            return Verdict(
                "lost" if all(may_pass(e.message) for e in bad) else "failed", log
            )
        if own is None:
            ended = "failed" if node in self._started else "skipped"
            return Verdict(ended if over else "running", log)
        if own.status == "skipped":
            return Verdict("skipped", log)
        if over or self._tests[node] <= self._ended.keys():
            return Verdict("success", log)
        return Verdict("running", log)


def name_of(node: str) -> str:
    """A node's name, given its unique id; a unit test's with that of its model."""
    kind, _, *names = node.split(".")
    return ".".join(names) if kind == "unit_test" else names[0]


def _is_bad(event: NodeEvent) -> bool:
    return event.status in _BAD


def may_pass(message: str) -> bool:
    """Whether what dbt says failed may succeed if it is tried again."""
    return bool(_TRANSIENT.search(message))


def _sentence(event: NodeEvent) -> str:
    kind = event.node.partition(".")[0]
    text = f"{kind} {name_of(event.node)}: {event.status} in {event.seconds:.2f} s"
    said = "; ".join(filter(None, (event.message, event.fitted)))
    return f"{text}: {said}" if said else text


def _owners(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Which model each test belongs to: the one it is declared on, else its last.

    The last of several models is the one that dbt builds last: only then does the
    test run.
    """
    nodes = manifest["nodes"]

    @cache
    def depth(node: str) -> int:
        parents = nodes.get(node, {}).get("depends_on", {}).get("nodes", [])
        return 1 + max(map(depth, parents), default=0)

    owners = {}
    for node, entry in (nodes | manifest.get("unit_tests", {})).items():
        if node.partition(".")[0] not in ("test", "unit_test"):
            continue
        parents = entry["depends_on"]["nodes"]
        if attached := entry.get("attached_node"):
            owners[node] = attached
        elif parents:
            owners[node] = max(parents, key=lambda parent: (depth(parent), parent))
    return owners
