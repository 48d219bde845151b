"""Whether a fit can be trusted, or there was too little to learn from."""

from __future__ import annotations

import numpy as np

from customer360.identity.em import Fit, Observations

FEWEST_RECORDS = 200
FEWEST_MATCHES = 50
_FEWEST_FIELDS = 2
_FEWEST_TELLING = 2
"""Fields on which matches must be equal more often than strangers are."""


def why_not_fitted(pairs: Observations, compared_fields: int) -> str | None:
    """Why these pairs are not fit to learn from; None when they are."""
    if pairs.records < FEWEST_RECORDS:
        return f"there are fewer than {FEWEST_RECORDS} records"
    if compared_fields < _FEWEST_FIELDS:
        return f"fewer than {_FEWEST_FIELDS} fields can be compared"
    if pairs.candidates.total < FEWEST_MATCHES:
        return f"fewer than {FEWEST_MATCHES} pairs have anything in common"
    if pairs.unblocked_pairs and not pairs.unblocked.total:
        return "no pair of strangers was drawn"
    return None


def why_not_sound(fit: Fit, pairs: Observations) -> str | None:
    """Why a fit is none, though EM ended; None when it is sound."""
    if not all(np.isfinite(found).all() for found in fit.log_probabilities):
        return "the fit has no finite parameters"
    if fit.expected_matches < FEWEST_MATCHES:
        return (
            f"fewer than {FEWEST_MATCHES} matches were found among "
            f"{pairs.candidates.total:,.0f} pairs"
        )
    strangers = float(fit.expected_pairs.sum()) - fit.expected_matches
    if strangers < pairs.possible_pairs / 2:
        return "most pairs of records were taken for matches"
    telling = [field for field in fit.fields if fit.m(field)[0] > fit.u(field)[0]]
    if len(telling) < _FEWEST_TELLING:
        return (
            f"matches are equal more often than strangers on {len(telling)} of "
            f"{len(fit.fields)} fields"
        )
    return None
