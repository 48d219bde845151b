"""Expectation-maximisation over the space of all pairs, without labels.

Fellegi and Sunter (1969) weigh a pair by how much likelier its comparison vector is
among matches (m) than among non-matches (u), field by field; Winkler (1988) found m
by the EM algorithm of Dempster, Laird and Rubin (1977), with matches and non-matches
as latent classes. Here there are several classes of either kind, and the pairs that
no blocking rule brought together count as well: a random sample of them tells their
vectors, and whatever else they are, they are no matches. u is then the likeliest one,
given all pairs there are; taken from random pairs less the matches among them it
depends, where agreement is rare, on a handful of pairs. And those who live in one area
are as many as there are, not as many as a rule brought together because their names
agree, too.
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
"""A round that changes the log-likelihood by less than this is the last: all pairs
together then tell the parameters from the ones before no better than a coin does."""
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
    unblocked_shares: NDArray[np.float64]
    """Of the pairs that no rule brought together, shape (classes,)."""
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
        self._takes = [_distributions(field, classes) for field in fields]
        self._candidates = _Part(
            fields,
            observations.candidates,
            observations.candidates.pairs,
            np.arange(len(classes)),
        )
        sampled = observations.unblocked.total
        scale = observations.unblocked_pairs / sampled if sampled else 0.0
        self._scale = scale
        self._unblocked = _Part(
            fields,
            observations.unblocked,
            observations.unblocked.pairs * scale,
            np.flatnonzero(
                [
                    pair_class.is_unblocked or index == self._stranger
                    for index, pair_class in enumerate(classes)
                ]
            ),
        )
        self._unseen = [
            _unseen_levels(field, observations.unblocked) * scale for field in fields
        ]
        among_all = [
            self._candidates.counts(index, field)
            + self._unblocked.counts(index, field)
            + unseen
            for index, (field, unseen) in enumerate(
                zip(fields, self._unseen, strict=True)
            )
        ]
        self._first_u = [_normalised(counts + _PSEUDO_COUNT) for counts in among_all]
        self._unblocked.measure_from([np.log(u) for u in self._first_u])

    def run(self, start: Start) -> Fit:
        """Maximise from one start."""
        parameters = self._begin(start)
        path: list[float] = []
        told = -np.inf
        while True:
            before = told
            objective, told = self._expect(parameters)
            path.append(objective)
            has_converged = abs(told - before) < _ENOUGH
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
        for field, takes, u in zip(
            self._fields, self._takes, self._first_u, strict=True
        ):
            m = np.full(field.levels, start.equal)
            m[1:] = (1 - start.equal) * 0.5 ** np.arange(1, field.levels)
            m = _normalised(m)
            own = takes.max() - _M
            levels.append(np.stack([u, m, *[(m + u) / 2] * own]))
        return _Parameters(shares, levels)

    def _expect(self, parameters: _Parameters) -> tuple[float, float]:
        """Fill the parts' `joint` with the pairs that each class accounts for.

        Returns the logarithm of the parameters' likelihood times their prior, less
        the constant that `_constant` is; and the likelihood's by what was looked at,
        where a pair of the sample counts as one.
        """
        log_shares = parameters.log_shares()
        logs = [np.log(of_field) for of_field in parameters.levels]
        tables = [
            # level 0 says nothing
            np.pad(of_field[takes], ((0, 0), (1, 0)))
            for of_field, takes in zip(logs, self._takes, strict=True)
        ]
        candidates = self._candidates.expect(log_shares, tables)
        unblocked = self._unblocked.expect(log_shares, tables)
        found = candidates + unblocked
        for of_field, first_u, unseen in zip(
            logs, self._first_u, self._unseen, strict=True
        ):
            found += float(unseen @ (of_field[_U] - np.log(first_u)))
            found += _PSEUDO_COUNT * float(of_field.sum())
        return found, candidates + unblocked / max(self._scale, 1.0)

    def _maximise(self) -> _Parameters:
        levels = []
        for index, (field, takes, unseen) in enumerate(
            zip(self._fields, self._takes, self._unseen, strict=True)
        ):
            counts = np.full((takes.max() + 1, field.levels), _PSEUDO_COUNT)
            counts[_U] += unseen
            for part in (self._candidates, self._unblocked):
                part.add_levels(counts, takes, index)
            found = _normalised(counts)
            found[_M] = _limited(found[_M], field.most_different)
            levels.append(found)
        by_class = self._expected()
        return _Parameters(by_class / by_class.sum(), levels)

    def _expected(self) -> NDArray[np.float64]:
        return self._candidates.by_class(len(self._classes)) + self._unblocked_pairs()

    def _unblocked_pairs(self) -> NDArray[np.float64]:
        pairs = self._unblocked.by_class(len(self._classes))
        # where none was drawn
        pairs[self._stranger] += self._observations.unblocked_pairs - pairs.sum()
        return pairs

    def _result(
        self, parameters: _Parameters, path: list[float], has_converged: bool
    ) -> Fit:
        prior = _PSEUDO_COUNT * sum(
            float(np.log(of_field).sum()) for of_field in parameters.levels
        )
        unblocked = self._unblocked_pairs()
        # where rules bring all pairs together
        unblocked[self._stranger] += unblocked.sum() == 0
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
            expected_pairs=self._expected(),
            unblocked_shares=unblocked / unblocked.sum(),
            path=tuple(path),
        )

    def _constant(self) -> float:
        return self._unblocked.constant + sum(
            float(unseen @ np.log(first_u))
            for unseen, first_u in zip(self._unseen, self._first_u, strict=True)
        )


class _Part:
    """Pairs that may be of some of the classes; its arrays serve in every round."""

    def __init__(
        self,
        fields: Sequence[Field],
        vectors: Vectors,
        pairs: NDArray[np.float64],
        classes: NDArray[np.intp],
    ) -> None:
        self._pairs = pairs
        self._classes = classes
        # a level fits a byte: 100,000 vectors of 10 fields are a megabyte
        self._levels = [vectors.levels(field).astype(np.uint8) for field in fields]
        shape = (len(classes), len(pairs))
        self._joint = np.empty(shape)
        self._gathered = np.empty(shape)
        self._baseline = np.zeros(len(pairs))
        self.constant = 0.0
        """What `expect` returns too little."""

    def measure_from(self, logs: Sequence[NDArray[np.float64]]) -> None:
        """Likelihoods are told less what these logarithms of levels come to.

        Differences keep the digits that sums of billions lose.
        """
        for levels, of_field in zip(self._levels, logs, strict=True):
            self._baseline += np.concatenate([[0.0], of_field])[levels]
        self.constant = float(self._pairs @ self._baseline)

    def counts(self, index: int, field: Field) -> NDArray[np.float64]:
        """How many pairs have each level but 0 of a field, shape (levels,)."""
        return np.bincount(
            self._levels[index], weights=self._pairs, minlength=field.levels + 1
        )[1:]

    def expect(
        self, log_shares: NDArray[np.float64], tables: Sequence[NDArray[np.float64]]
    ) -> float:
        """Share the pairs of each vector out; the log-likelihood."""
        joint, gathered = self._joint, self._gathered
        joint[:] = log_shares[self._classes, None]
        for levels, table in zip(self._levels, tables, strict=True):
            # out of range there is nothing: `clip` only spares a copy
            np.take(table[self._classes], levels, axis=1, out=gathered, mode="clip")
            joint += gathered
        peak = joint.max(axis=0)
        joint -= peak
        np.exp(joint, out=joint)
        total = joint.sum(axis=0)
        joint *= self._pairs / total
        return float(self._pairs @ (peak + np.log(total) - self._baseline))

    def add_levels(
        self, counts: NDArray[np.float64], takes: NDArray[np.intp], index: int
    ) -> None:
        """Add the pairs of a field's levels to the distributions of their classes."""
        for joint, which in zip(self._joint, takes[self._classes], strict=True):
            counts[which] += np.bincount(
                self._levels[index], weights=joint, minlength=counts.shape[1] + 1
            )[1:]

    def by_class(self, classes: int) -> NDArray[np.float64]:
        """Pairs of each class, shape (classes,)."""
        pairs = np.zeros(classes)
        pairs[self._classes] = self._joint.sum(axis=1)
        return pairs


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


def _unseen_levels(field: Field, unblocked: Vectors) -> NDArray[np.float64]:
    """What levels that no pair of the sample has are short of, shape (levels,)."""
    short = np.zeros(field.levels)
    if unblocked.total:
        short[1:] = np.maximum(_UNSEEN - unblocked.counts(field)[2:], 0)
    return short


def _normalised(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    return counts / counts.sum(axis=-1, keepdims=True)


def _limited(
    distribution: NDArray[np.float64], most_different: float
) -> NDArray[np.float64]:
    """The likeliest one whose last level is within the limit, shape (levels,)."""
    others, different = distribution[:-1], distribution[-1]
    if different <= most_different:
        return distribution
    return np.append(others * ((1 - most_different) / others.sum()), most_different)
