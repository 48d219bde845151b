"""What the matching says of records' profiles."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from customer360.identity.evidence import Evidence, Pair, Row
from customer360.identity.explanation import Linkage, Match, WeighedPair
from customer360.identity.linkage import Step, in_millionths, replay
from customer360.identity.weighing import weigh


def model_of(evidence: Evidence) -> Row:
    """The fit that the weights are of."""
    fit = evidence.fit()
    if fit is None:
        return {"model_version": "seed"}
    version = fit["fit_id"] if fit["origin"] == "fitted" else "seed"
    return {"model_version": version, **fit}


def matches_of(
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
                tuple(weighed(evidence, number, rows)),
            )


def _steps(
    members: Collection[int], rows: Mapping[Pair, Row], linkage: Linkage
) -> list[Step]:
    weights = {
        pair: in_millionths(row["weight"], linkage.certain)
        for pair, row in rows.items()
    }
    return replay(members, weights)


def weighed(
    evidence: Evidence, number: int, rows: Mapping[Pair, Row]
) -> Iterator[WeighedPair]:
    """Pairs, taken apart, the best first."""
    parameters = evidence.model(number)
    rarities = evidence.rarities(number, [pair[0] for pair in rows])
    found = []
    for pair, row in rows.items():
        parts = weigh(parameters, row["vector"], rarities[pair[0]])
        weight = parts.weight if row["weight"] is None else row["weight"]
        found.append(WeighedPair(pair, weight, parts))
    yield from sorted(found, key=lambda pair: (-pair.weight, pair.profiles))
