"""Whether today's pairs are still those that the parameters were fitted to."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from customer360.identity.em import Observations
from customer360.identity.model import Vectors
from customer360.identity.observations import Observed

LevelShares = dict[str, dict[str, list[float]]]
"""By origin of the pairs and field: the share of each level, from 0."""

_LEAST_SHARE = 1e-4
"""A level that hardly any pair has may come and go."""


def level_shares(observed: Observed) -> LevelShares:
    """What a fit remembers of its pairs."""
    origins: dict[str, Vectors] = {
        "candidate": observed.pairs.candidates,
        "unblocked": observed.pairs.unblocked,
    }
    return {
        origin: {
            field.name: (vectors.counts(field) / max(vectors.total, 1.0)).tolist()
            for field in observed.fields
        }
        for origin, vectors in origins.items()
    }


def stability_index(before: list[float], now: list[float]) -> float:
    """Population stability index of two distributions: their symmetric divergence.

    The sum of (p - q) ln(p / q), which is 0 for equal ones (Jeffreys 1946).
    """
    p, q = (np.maximum(shares, _LEAST_SHARE) for shares in (before, now))
    return float(((p - q) * np.log(p / q)).sum())


def drift(
    before: Mapping[str, Mapping[str, list[float]]],
    records_before: int,
    observed: Observed,
) -> float:
    """How far the pairs have moved since a fit; 0 when not at all.

    The largest stability index of a field's levels, or the change of the number of
    records where that is larger: the classes' shares of all pairs are inversely
    proportional to it, so that every weight changes by its logarithm.
    """
    now = level_shares(observed)
    indices = [
        stability_index(shares, now[origin][field])
        for origin, fields in before.items()
        for field, shares in fields.items()
    ]
    return max(*indices, _growth(records_before, observed.pairs))


def _growth(records_before: int, pairs: Observations) -> float:
    return abs(math.log(max(pairs.records, 1) / max(records_before, 1)))
