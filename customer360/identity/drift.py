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

MOST_INDEX = 0.01
"""Stability index of a field's levels at which the parameters are fitted again.
Leaving out a fifth of all records, at random, moves it by .0007 at most; a few dozen
test accounts, that look alike, by .07."""

MOST_GROWTH = 0.1
"""Logarithm of how many times as many records there are. Up to it, the weights that
decide move by .16 at most, on average, and three pairs in a hundred change sides."""

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
    """How far the pairs have moved since a fit, as a multiple of what they may.

    The larger of two: the largest stability index of a field's levels, and the change
    of the number of records. The classes' shares of all pairs are inversely
    proportional to that, so that every weight changes by its logarithm.
    """
    now = level_shares(observed)
    index = max(
        stability_index(shares, now[origin][field])
        for origin, fields in before.items()
        for field, shares in fields.items()
    )
    return max(
        index / MOST_INDEX, _growth(records_before, observed.pairs) / MOST_GROWTH
    )


def _growth(records_before: int, pairs: Observations) -> float:
    return abs(math.log(max(pairs.records, 1) / max(records_before, 1)))
