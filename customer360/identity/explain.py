"""Why records are one customer, or why two are not: from what dbt has built last."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from itertools import combinations

import yaml

from customer360.errors import UserError
from customer360.identity.evidence import Evidence, Row, read_evidence
from customer360.identity.explanation import (
    VALUE_OF_RULE,
    Explanation,
    Link,
    Linkage,
    Match,
    record_name,
)
from customer360.identity.matched import matches_of, model_of
from customer360.identity.parted import explain_parting
from customer360.settings import Settings

_ENDS = ("record_key", "other_record_key")
_CUSTOMER_KEY = re.compile("[0-9a-f]{32}")


def explain(settings: Settings, name: str, other: str | None = None) -> Explanation:
    """Explain a customer, or a record's, or why two records are one or are not.

    A name is a customer's key, or SYSTEM:ENTITY:ID of a record. UserError: there is
    no such customer or record.
    """
    if other is None and ":" not in name:
        wanted: str | tuple[str, ...] = _customer_key(name)
    else:
        wanted = _record_parts(name)
    wanted_too = other and _record_parts(other)
    linkage = linkage_vars(settings)
    with read_evidence(settings) as evidence:
        if not wanted_too:
            return explain_records(evidence, _records(evidence, wanted), linkage)
        ends = _record(evidence, wanted), _record(evidence, wanted_too)
        if ends[0]["customer_record_key"] == ends[1]["customer_record_key"]:
            raise UserError("That is twice the same record.")
        if ends[0]["customer_key"] != ends[1]["customer_key"]:
            return explain_parting(evidence, ends, linkage)
        found = explain_records(
            evidence, evidence.customers([ends[0]["customer_key"]]), linkage
        )
        keys = [end["customer_record_key"] for end in ends]
        return Explanation(
            *(found.records, found.links, found.matches),
            *(found.overrides, found.model),
            way=tuple(_way(found, *keys)),
        )


def linkage_vars(settings: Settings) -> Linkage:
    """The dbt vars of these meanings, as the project has them."""
    project = yaml.safe_load(
        (settings.dbt_project_dir / "dbt_project.yml").read_text(encoding="utf-8")
    )["vars"]
    return Linkage(float(project["certain_weight"]), float(project["match_threshold"]))


def _customer_key(name: str) -> str:
    if not _CUSTOMER_KEY.fullmatch(name):
        raise UserError(
            f"{name} is neither a customer's key, of 32 digits and letters a to f, nor "
            "a record's SYSTEM:ENTITY:ID."
        )
    return name


def _record_parts(name: str) -> tuple[str, ...]:
    parts = tuple(name.split(":", 2))
    if len(parts) < 3:
        raise UserError(f"{name} is no record: name it as SYSTEM:ENTITY:ID.")
    return parts


def _records(evidence: Evidence, wanted: str | tuple[str, ...]) -> list[Row]:
    if not isinstance(wanted, str):
        wanted = _record(evidence, wanted)["customer_key"]
    found = evidence.customers([wanted])
    if not found:
        raise UserError(_what_became_of(evidence, wanted))
    return found


def _what_became_of(evidence: Evidence, customer_key: str) -> str:
    known = evidence.rows(
        "select current_customer_key from ops.customer_keys where customer_key = %s",
        customer_key,
    )
    if not known:
        return f"There is no customer {customer_key}."
    now = known[0]["current_customer_key"]
    if now is None:
        return f"The records of the customer {customer_key} are gone."
    return f"The customer {customer_key} is {now} now: ask for that one."


def _record(evidence: Evidence, parts: tuple[str, ...]) -> Row:
    found = evidence.record(*parts)
    if found is None:
        raise UserError(f"There is no record {':'.join(parts)}.")
    return found


def explain_records(
    evidence: Evidence, records: list[Row], linkage: Linkage
) -> Explanation:
    """Explain why these records, all that some customers have, are those customers."""
    by_key = {row["customer_record_key"]: row for row in records}
    links = tuple(
        Link(
            (row["record_key"], row["other_record_key"]),
            row["rule"],
            _shared(by_key, row),
        )
        for row in evidence.links(by_key)
        # what was parted again shares identifiers still
        if len({by_key[row[end]]["customer_key"] for end in _ENDS}) == 1
    )
    matches: list[Match] = []
    # what one component holds needs no matching, whatever models are there
    if len(set(evidence.components(by_key).values())) > 1 and evidence.is_matched():
        profiles = evidence.profiles(by_key)
        for number in profiles:
            matches += matches_of(evidence, number, profiles[number], linkage)
    model = model_of(evidence) if matches else None
    overrides = tuple(evidence.overrides(by_key))
    return Explanation(tuple(records), links, tuple(matches), overrides, model)


def _shared(records: Mapping[str, Row], link: Row) -> str | None:
    column = VALUE_OF_RULE.get(link["rule"])
    if column is None:
        return None
    values = {records[link[end]][column] for end in _ENDS}
    return values.pop() if len(values) == 1 else None


def _way(found: Explanation, start: str, end: str) -> list[str]:
    """The shortest chain of reasons from one record to another."""
    reasons: dict[str, list[tuple[str, str]]] = {}
    for records, reason in found.reasons():
        for a, b in combinations(records, 2):
            reasons.setdefault(a, []).append((b, reason))
            reasons.setdefault(b, []).append((a, reason))
    before: dict[str, tuple[str, str]] = {start: ("", "")}
    queue = deque([start])
    while queue and end not in before:
        here = queue.popleft()
        for there, reason in reasons.get(here, ()):
            if there not in before:
                before[there] = (here, reason)
                queue.append(there)
    names = {row["customer_record_key"]: record_name(row) for row in found.records}
    way: list[str] = []
    while end in before and end != start:
        here, reason = before[end]
        way.insert(0, f"{names[here]} and {names[end]}: {reason}")
        end = here
    return way
