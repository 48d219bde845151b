"""Why two records are not one customer."""

from __future__ import annotations

from collections.abc import Iterator

from customer360.identity.evidence import Evidence, Row
from customer360.identity.explanation import (
    VALUE_OF_RULE,
    Explanation,
    Linkage,
    Parted,
    WeighedPair,
)
from customer360.identity.linkage import in_millionths
from customer360.identity.matched import model_of, weighed


def explain_parting(
    evidence: Evidence, ends: tuple[Row, Row], linkage: Linkage
) -> Explanation:
    """Explain why two records are not one customer."""
    keys = [end["customer_record_key"] for end in ends]
    shared = tuple(_shared_identifiers(evidence, ends))
    number, pair, mean = None, None, None
    is_matched = evidence.is_matched()
    if is_matched:
        number, pair, mean = _comparison(evidence, keys, linkage)
    overrides, contradictions = _between_customers(evidence, ends)
    if overrides:
        reason = "somebody has decided so"
    elif contradictions:
        reason = (
            "identifiers link their customers, but records of those contradict each "
            f"other ({'; '.join(contradictions)})"
        )
    elif not is_matched:
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
    model = model_of(evidence) if pair else None
    return Explanation(ends, (), (), tuple(overrides), model, parted=parted)


def _between_customers(
    evidence: Evidence, ends: tuple[Row, Row]
) -> tuple[list[Row], list[str]]:
    """What was decided against two records being one customer, and what speaks
    against it, of all records of the customers that they are."""
    one, other = (
        {
            row["customer_record_key"]
            for row in evidence.customers([end["customer_key"]])
        }
        for end in ends
    )
    never = [
        row
        for row in evidence.overrides(one)
        if row["kind"] == "never"
        and {row["record_key"], row["other_record_key"]} & other
    ]
    return never, evidence.contradictions(one, other)


def _shared_identifiers(evidence: Evidence, ends: tuple[Row, Row]) -> Iterator[Row]:
    """Identifiers that both records hold, with why each does not link them."""
    guards: dict[tuple[str, str], dict[str, str]] = {}
    for row in evidence.rejections([end["customer_record_key"] for end in ends]):
        identifier = row["identifier_type"], row["identifier_value"]
        guards.setdefault(identifier, {})[row["guard"]] = row["reason"]
    for kind, column in VALUE_OF_RULE.items():
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
                (pair,) = weighed(evidence, number, rows)
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
