"""Expectation-maximisation over the space of all pairs, without labels.

Fellegi and Sunter (1969) weigh a pair by how much likelier its comparison vector is
among matches (m) than among non-matches (u), field by field; Winkler (1988) found m
by the EM algorithm of Dempster, Laird and Rubin (1977), with matches and non-matches
as latent classes. Here there are several classes of either kind, and the pairs that
no blocking rule brought together count as well: as strangers, whose levels a random
sample of them tells. u is then the likeliest one, given all pairs there are; taken
from random pairs less the matches among them it depends, where agreement is rare,
on a handful of pairs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from customer360.identity.model import (
    STRANGER,
    DeclaredClass,
    Field,
    PairClass,
    Vectors,
    classes_in,
    compared_fields,
)

MOST_ROUNDS = 200

_PSEUDO_COUNT = 1.0
_UNSEEN = 0.3
"""Pairs of the sample that a level without any stands for, unless it is the first:
equal values are brought together by blocking, or so common that a sample has them."""
_ENOUGH = 0.01
"""A round that gains less log-likelihood than this is the last: all pairs together
then tell the parameters from the ones before no better than a coin does."""
_LEAST_SHARE = 1e-300
_U, _M = 0, 1


@dataclass(frozen=True)
class Start:
    """Where a fit begins; pairs per record of the first match class, and so on."""

    matches: float
    other_classes: float
    equal: float
    """The probability that a field of one person is equal in two records."""


STARTS = (
    Start(matches=0.5, other_classes=1.0, equal=0.85),
    Start(matches=1.5, other_classes=0.3, equal=0.7),
    Start(matches=0.2, other_classes=3.0, equal=0.95),
    Start(matches=3.0, other_classes=1.0, equal=0.9),
)


@dataclass(frozen=True)
class Observations:
    """Everything that a fit is made of."""

    candidates: Vectors
    """Pairs that a blocking rule brought together."""
    unblocked: Vectors
    """A random sample of those that none did."""
    records: int
    possible_pairs: int

    @property
    def unblocked_pairs(self) -> float:
        """How many pairs no rule brought together."""
        return max(self.possible_pairs - self.candidates.total, 0.0)


@dataclass(frozen=True)
class Fit:
    """The parameters that explain the pairs best."""

    fields: tuple[Field, ...]
    classes: tuple[PairClass, ...]
    log_priors: NDArray[np.float64]
    """Of a pair among all possible ones, shape (classes,)."""
    log_probabilities: tuple[NDArray[np.float64], ...]
    """Of each field's levels but 0, shape (classes, levels)."""
    log_likelihood: float
    rounds: int
    has_converged: bool
    expected_pairs: NDArray[np.float64]
    """Pairs of each class among all possible ones, shape (classes,)."""
    path: tuple[float, ...]
    """What was maximised, round by round: the logarithm of likelihood times prior,
    up to a constant."""

    @property
    def expected_matches(self) -> float:
        """Pairs of one person among all possible ones."""
        is_match = [pair_class.is_match for pair_class in self.classes]
        return float(self.expected_pairs[is_match].sum())

    def m(self, field: Field) -> NDArray[np.float64]:
        """The probability of each level among matches, shape (levels,)."""
        return self._of_first(field, is_match=True)

    def u(self, field: Field) -> NDArray[np.float64]:
        """The probability of each level among strangers, shape (levels,)."""
        return self._of_first(field, is_match=False)

    def _of_first(self, field: Field, is_match: bool) -> NDArray[np.float64]:
        which = next(
            index
            for index, pair_class in enumerate(self.classes)
            if pair_class.is_match == is_match
            and (field.name in pair_class.free) == is_match
        )
        return np.exp(self.log_probabilities[self.fields.index(field)][which])


def fit(
    fields: Iterable[Field],
    declared: Iterable[DeclaredClass],
    observations: Observations,
    starts: Sequence[Start] = STARTS,
) -> Fit:
    """Fit from every start and return the likeliest; of equals, the first.

    The classes' shares are of all possible pairs. Same observations in any order,
    same bits. ValueError: no pair has anything to compare.
    """
    present = compared_fields(fields, observations.candidates)
    classes = classes_in(declared, present)
    if not present:
        raise ValueError("no pair has anything to compare")
    estimation = _Estimation(present, classes, observations)
    # max takes the first of equals
    return max(
        (estimation.run(start) for start in starts), key=lambda found: found.path[-1]
    )


class _Parameters:
    """Shares of the classes, and for each field its distributions over levels.

    Row 0 of a field's distributions is u, row 1 is m, the others are those of the
    non-match classes that are free on it.
    """

    def __init__(
        self, shares: NDArray[np.float64], levels: list[NDArray[np.float64]]
    ) -> None:
        self.shares = shares
        self.levels = levels

    def log_shares(self) -> NDArray[np.float64]:
        return np.log(np.maximum(self.shares, _LEAST_SHARE))


class _Estimation:
    """One set of observations; its arrays are used again in every round."""

    def __init__(
        self,
        fields: tuple[Field, ...],
        classes: tuple[PairClass, ...],
        observations: Observations,
    ) -> None:
        self._fields = fields
        self._classes = classes
        self._observations = observations
        self._stranger = [pair_class.name for pair_class in classes].index(STRANGER)
        self._pairs = observations.candidates.pairs
        # a level fits a byte: 100,000 vectors of 10 fields are a megabyte
        self._levels = [
            observations.candidates.levels(field).astype(np.uint8) for field in fields
        ]
        self._takes = [_distributions(field, classes) for field in fields]
        self._unblocked = [_unblocked_levels(field, observations) for field in fields]
        shape = (len(classes), len(self._pairs))
        self._joint = np.empty(shape)
        self._gathered = np.empty(shape)

    def run(self, start: Start) -> Fit:
        """Maximise from one start."""
        parameters = self._begin(start)
        path: list[float] = []
        while True:
            path.append(self._expect(parameters))
            has_converged = len(path) > 1 and path[-1] - path[-2] < _ENOUGH
            if has_converged or len(path) == MOST_ROUNDS:
                return self._result(parameters, path, has_converged)
            parameters = self._maximise()

    def _begin(self, start: Start) -> _Parameters:
        matches = start.matches
        other = start.other_classes
        per_record = np.zeros(len(self._classes))
        for index, pair_class in enumerate(self._classes):
            if index == self._stranger:
                continue
            per_record[index] = matches if pair_class.is_match else other
            if pair_class.is_match:
                matches = start.matches / 10
        shares = per_record * self._observations.records
        # a handful of records has fewer pairs than that
        shares /= max(self._observations.possible_pairs, 2 * shares.sum())
        shares[self._stranger] = 1 - shares.sum()
        levels = []
        for field, takes, unblocked in zip(
            self._fields, self._takes, self._unblocked, strict=True
        ):
            among_all = self._observations.candidates.counts(field)[1:] + unblocked
            u = _normalised(among_all + _PSEUDO_COUNT)
            m = np.full(field.levels, start.equal)
            m[1:] = (1 - start.equal) * 0.5 ** np.arange(1, field.levels)
            m = _normalised(m)
            own = takes.max() - _M
            levels.append(np.stack([u, m, *[(m + u) / 2] * own]))
        return _Parameters(shares, levels)

    def _expect(self, parameters: _Parameters) -> float:
        """Fill `_joint` with the pairs of each vector that each class accounts for.

        Returns the logarithm of the parameters' likelihood times their prior, less
        the constant that `_constant` is.
        """
        joint, gathered = self._joint, self._gathered
        log_shares = parameters.log_shares()
        joint[:] = log_shares[:, None]
        found = 0.0
        for levels, takes, of_field, unblocked in zip(
            self._levels, self._takes, parameters.levels, self._unblocked, strict=True
        ):
            logs = np.log(of_field)
            # level 0 says nothing
            table = np.zeros((len(takes), logs.shape[1] + 1))
            table[:, 1:] = logs[takes]
            # out of range there is nothing: `clip` only spares a copy
            np.take(table, levels, axis=1, out=gathered, mode="clip")
            joint += gathered
            found += float(unblocked @ (logs[_U] - _baseline(unblocked)))
            found += _PSEUDO_COUNT * float(logs.sum())
        peak = joint.max(axis=0)
        joint -= peak
        np.exp(joint, out=joint)
        total = joint.sum(axis=0)
        found += float(self._pairs @ (peak + np.log(total)))
        found += self._observations.unblocked_pairs * log_shares[self._stranger]
        joint *= self._pairs / total
        return found

    def _maximise(self) -> _Parameters:
        by_class = self._joint.sum(axis=1)
        by_class[self._stranger] += self._observations.unblocked_pairs
        levels = []
        for field, of_field, takes, unblocked in zip(
            self._fields, self._levels, self._takes, self._unblocked, strict=True
        ):
            counts = np.full((takes.max() + 1, field.levels), _PSEUDO_COUNT)
            counts[_U] += unblocked
            for index, distribution in enumerate(takes):
                counts[distribution] += np.bincount(
                    of_field, weights=self._joint[index], minlength=field.levels + 1
                )[1:]
            levels.append(_normalised(counts))
        return _Parameters(by_class / by_class.sum(), levels)

    def _result(
        self, parameters: _Parameters, path: list[float], has_converged: bool
    ) -> Fit:
        prior = _PSEUDO_COUNT * sum(
            float(np.log(of_field).sum()) for of_field in parameters.levels
        )
        expected = self._joint.sum(axis=1)
        expected[self._stranger] += self._observations.unblocked_pairs
        return Fit(
            fields=self._fields,
            classes=self._classes,
            log_priors=parameters.log_shares(),
            log_probabilities=tuple(
                np.log(of_field)[takes]
                for of_field, takes in zip(parameters.levels, self._takes, strict=True)
            ),
            log_likelihood=path[-1] - prior + self._constant(),
            rounds=len(path),
            has_converged=has_converged,
            expected_pairs=expected,
            path=tuple(path),
        )

    def _constant(self) -> float:
        return sum(
            float(unblocked @ _baseline(unblocked)) for unblocked in self._unblocked
        )


def _distributions(field: Field, classes: Sequence[PairClass]) -> NDArray[np.intp]:
    """Which of a field's distributions each class takes, shape (classes,)."""
    takes = np.full(len(classes), _U, dtype=np.intp)
    own = _M
    for index, pair_class in enumerate(classes):
        if field.name not in pair_class.free:
            continue
        if pair_class.is_match:
            takes[index] = _M
        else:
            own += 1
            takes[index] = own
    return takes


def _unblocked_levels(field: Field, observations: Observations) -> NDArray[np.float64]:
    """How many of all unblocked pairs have each level but 0, shape (levels,)."""
    sampled = observations.unblocked.total
    if not sampled:
        return np.zeros(field.levels)
    counts = observations.unblocked.counts(field)[1:]
    counts[1:] = np.maximum(counts[1:], _UNSEEN)
    return counts * (observations.unblocked_pairs / sampled)


def _baseline(unblocked: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logarithms near those of u: differences keep the digits that sums lose."""
    return np.log(_normalised(unblocked + _PSEUDO_COUNT))


def _normalised(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    return counts / counts.sum(axis=-1, keepdims=True)
