"""Why records are one customer, or why two are not: from what dbt has built last."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, NamedTuple

import yaml

from customer360.errors import UserError
from customer360.identity.evidence import Evidence, Pair, Row, read_evidence
from customer360.identity.linkage import Step, in_millionths, replay
from customer360.identity.weighing import Weighed, weigh
from customer360.settings import Settings

_CUSTOMER_KEY = re.compile("[0-9a-f]{32}")
_VALUE_OF_RULE = {
    "issued_id": "issued_id_match",
    "email": "email_match",
    "phone": "phone",
}


class Linkage(NamedTuple):
    """What average linkage goes by."""

    certain: float
    """A weight beyond this, for or against, counts as this."""
    threshold: float
    """The mean weight from which clusters are one person's."""


@dataclass(frozen=True)
class Link:
    """Two records that an identifier links, or that were linked by hand."""

    records: tuple[str, str]
    rule: str
    value: str | None
    """What they share; None where the rule is no identifier's, or where it was
    another record's when it was linked."""


@dataclass(frozen=True)
class WeighedPair:
    """A pair of profiles, with what its weight is made of."""

    profiles: Pair
    weight: float
    """As the models have computed it."""
    parts: Weighed


@dataclass(frozen=True)
class Match:
    """A cluster of profiles that one pass of the matching has put together."""

    number: int
    """1: what identifiers link, with other such; 2: what came of that, once more."""
    profiles: Mapping[int, tuple[str, ...]]
    """The records of each profile."""
    steps: tuple[Step, ...]
    pairs: tuple[WeighedPair, ...]

    @property
    def mean(self) -> float:
        """Mean weight of all pairs."""
        return sum(pair.weight for pair in self.pairs) / len(self.pairs)


@dataclass(frozen=True)
class Parted:
    """Why two records are not one customer."""

    shared: tuple[Row, ...]
    """Identifiers that both hold, each with the guards that reject it."""
    number: int | None
    """The pass in which their profiles were compared last; None: never."""
    pair: WeighedPair | None
    mean: float | None
    """Mean weight between their clusters, where the linkage saw both."""
    reason: str


@dataclass(frozen=True)
class Explanation:
    """All that is known of a question."""

    records: tuple[Row, ...]
    links: tuple[Link, ...]
    matches: tuple[Match, ...]
    model: Row | None
    """The fit; `model_version` alone for the seed; None without matching."""
    way: tuple[str, ...] = ()
    """From the one to the other record that were asked for, reason by reason."""
    parted: Parted | None = None

    def reasons(self) -> Iterator[tuple[Collection[str], str]]:
        """What holds records together, each with the records that it does."""
        for link in self.links:
            yield link.records, f"same {link.rule.replace('_', ' ')}"
        for match in self.matches:
            for step in match.steps:
                left, right = (
                    [record for profile in side for record in match.profiles[profile]]
                    for side in (step.left, step.right)
                )
                yield (left[0], right[0]), f"matched at {step.mean:+.2f}"

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return _plain(self)


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
            return _two(evidence, ends, linkage)
        found = explain_records(
            evidence, evidence.customers([ends[0]["customer_key"]]), linkage
        )
        keys = [end["customer_record_key"] for end in ends]
        return Explanation(
            *(found.records, found.links, found.matches, found.model),
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
    )
    matches: list[Match] = []
    # what one component holds needs no matching, whatever models are there
    if len(set(evidence.components(by_key).values())) > 1 and evidence.is_matched():
        profiles = evidence.profiles(by_key)
        for number in profiles:
            matches += _matches(evidence, number, profiles[number], linkage)
    model = _model(evidence) if matches else None
    return Explanation(tuple(records), links, tuple(matches), model)


def _shared(records: Mapping[str, Row], link: Row) -> str | None:
    column = _VALUE_OF_RULE.get(link["rule"])
    if column is None:
        return None
    values = {records[link[end]][column] for end in ("record_key", "other_record_key")}
    return values.pop() if len(values) == 1 else None


def _model(evidence: Evidence) -> Row:
    fit = evidence.fit()
    if fit is None:
        return {"model_version": "seed"}
    version = fit["fit_id"] if fit["origin"] == "fitted" else "seed"
    return {"model_version": version, **fit}


def _matches(
    evidence: Evidence, number: int, profile_of: Mapping[str, int], linkage: Linkage
) -> Iterator[Match]:
    """The clusters of a pass that have more than one of these records' profiles."""
    records_of: dict[int, list[str]] = {}
    for record, profile in sorted(profile_of.items()):
        records_of.setdefault(profile, []).append(record)
    together: dict[int, list[int]] = {}
    for profile, cluster in sorted(evidence.clusters(number, records_of).items()):
        together.setdefault(cluster, []).append(profile)
    for _, members in sorted(together.items()):
        if len(members) > 1:
            rows = evidence.weights(number, members)
            yield Match(
                number,
                {profile: tuple(records_of[profile]) for profile in members},
                tuple(_steps(members, rows, linkage)),
                tuple(_weighed(evidence, number, rows)),
            )


def _steps(
    members: Collection[int], rows: Mapping[Pair, Row], linkage: Linkage
) -> list[Step]:
    weights = {
        pair: in_millionths(row["weight"], linkage.certain)
        for pair, row in rows.items()
    }
    return replay(members, weights)


def _weighed(
    evidence: Evidence, number: int, rows: Mapping[Pair, Row]
) -> Iterator[WeighedPair]:
    """Pairs, taken apart, the best first."""
    model = evidence.model(number)
    rarities = evidence.rarities(number, [pair[0] for pair in rows])
    found = []
    for pair, row in rows.items():
        parts = weigh(model, row["vector"], rarities[pair[0]])
        weight = parts.weight if row["weight"] is None else row["weight"]
        found.append(WeighedPair(pair, weight, parts))
    yield from sorted(found, key=lambda pair: (-pair.weight, pair.profiles))


# ---- two records -----------------------------------------------------------------


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


def _two(evidence: Evidence, ends: tuple[Row, Row], linkage: Linkage) -> Explanation:
    keys = [end["customer_record_key"] for end in ends]
    shared = tuple(_shared_identifiers(evidence, ends))
    number, pair, mean = None, None, None
    is_matched = evidence.is_matched()
    if is_matched:
        number, pair, mean = _comparison(evidence, keys, linkage)
    if not is_matched:
        reason = (
            "no identifier links them, directly or through others, and records are not "
            "matched"
        )
    elif pair is None:
        reason = "what their records say was never compared: no blocking key in common"
    elif mean is None:
        reason = f"their weight is {pair.weight:+.2f}: more speaks against than for it"
    else:
        reason = (
            f"the mean weight between their clusters is {mean:+.2f}, all pairs "
            f"counted, and must be above {linkage.threshold:+.2f}"
        )
    parted = Parted(shared, number, pair, mean, reason)
    model = _model(evidence) if pair else None
    return Explanation(ends, (), (), model, parted=parted)


def _shared_identifiers(evidence: Evidence, ends: tuple[Row, Row]) -> Iterator[Row]:
    """Identifiers that both records hold, with why each does not link them."""
    guards: dict[tuple[str, str], dict[str, str]] = {}
    for row in evidence.rejections([end["customer_record_key"] for end in ends]):
        identifier = row["identifier_type"], row["identifier_value"]
        guards.setdefault(identifier, {})[row["guard"]] = row["reason"]
    for kind, column in _VALUE_OF_RULE.items():
        values = {end[column] for end in ends}
        if len(values) == 1 and None not in values:
            value = values.pop()
            yield {
                "identifier_type": kind,
                "identifier_value": value,
                "reasons": list(guards.get((kind, value), {}).values()),
            }


def _comparison(
    evidence: Evidence, keys: list[str], linkage: Linkage
) -> tuple[int | None, WeighedPair | None, float | None]:
    """How two records' profiles compare: in the second pass, else in the first."""
    profiles = evidence.profiles(keys)
    for number in (2, 1):
        ids = [profiles[number][key] for key in keys]
        for table in ("scores", "likely", "comparisons"):
            rows = evidence.weights(number, ids, table)
            if rows:
                (pair,) = _weighed(evidence, number, rows)
                return number, pair, _between(evidence, number, ids, linkage)
    return None, None, None


def _between(
    evidence: Evidence, number: int, ids: list[int], linkage: Linkage
) -> float | None:
    """Mean weight between two profiles' clusters; None where pairs are missing."""
    clusters = evidence.clusters(number, ids)
    members = evidence.members(number, clusters.values())
    left, right = (members[clusters[profile]] for profile in ids)
    rows = evidence.weights(number, [*left, *right])
    between = [
        in_millionths(row["weight"], linkage.certain)
        for (a, b), row in rows.items()
        if (a in left) != (b in left)
    ]
    if len(between) != len(left) * len(right):
        return None
    return sum(between) / len(between) / 1_000_000


def record_name(row: Row) -> str:
    """SYSTEM:ENTITY:ID of a record."""
    return f"{row['system']}:{row['entity']}:{row['source_record_id']}"


def _plain(value: Any) -> Any:
    """Dataclasses, tuples and keys that are no text, as JSON has them."""
    if isinstance(value, Explanation):
        return {
            "customer_keys": list(
                dict.fromkeys(r["customer_key"] for r in value.records)
            ),
            **{name: _plain(part) for name, part in vars(value).items()},
        }
    if isinstance(value, WeighedPair):
        return {
            "profiles": list(value.profiles),
            "weight": value.weight,
            **{name: _plain(part) for name, part in vars(value.parts).items()},
        }
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(part) for name, part in vars(value).items()}
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value
