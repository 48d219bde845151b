"""Random draws that come out the same on every machine.

numpy promises a stable stream for its bit generators, not for the distributions
built on them, and the last bit of `log` or `exp` depends on the processor. So
everything here is made of raw PCG64 bits, IEEE arithmetic (+ - * /) and tables of
quantiles rounded to six digits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_CELLS = 4096


class Streams:
    """Independent streams by name, so that a new draw disturbs no other one."""

    def __init__(self, seed: int, prefix: str = "") -> None:
        self._seed = seed
        self._prefix = prefix

    def __call__(self, name: str) -> Stream:
        """The stream of that name, from its beginning."""
        return Stream(self._seed, self._prefix + name)

    def under(self, name: str) -> Streams:
        """Streams of their own, for another use of the same names."""
        return Streams(self._seed, f"{self._prefix}{name}/")


class Stream:
    """One stream of random numbers; each call goes on where the last one stopped."""

    def __init__(self, seed: int, name: str) -> None:
        sequence = np.random.SeedSequence(seed, spawn_key=tuple(name.encode()))
        self._bits = np.random.PCG64(sequence)

    def uniform(self, count: int) -> Floats:
        """`count` numbers in [0, 1)."""
        raw = self._bits.random_raw(count)
        return (raw >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def chance(self, count: int, probability: float | Floats) -> Bools:
        """True with the given probability (one for all, or one each)."""
        return self.uniform(count) < probability

    def below(self, limit: int | Ints, count: int | None = None) -> Ints:
        """Whole numbers from 0 up to, not including, `limit` (one, or one each)."""
        size = len(limit) if count is None else count  # type: ignore[arg-type]
        return (self.uniform(size) * limit).astype(np.int64)

    def choice(self, count: int, weights: Sequence[float] | Floats) -> Ints:
        """Indices into `weights`, each as often as its weight says."""
        edges = np.cumsum(np.asarray(weights, dtype=np.float64))
        drawn = np.searchsorted(edges, self.uniform(count) * edges[-1], side="right")
        # rounding can carry a draw of almost 1 onto the last edge
        return np.minimum(drawn, len(edges) - 1)

    def gamma(self, count: int, shape: float) -> Floats:
        """Gamma(shape, 1), the outermost 1 in 8,192 of each tail left out."""
        return self._by_quantile(count, _gamma_quantiles(shape))

    def beta(self, count: int, a: float, b: float) -> Floats:
        """Beta(a, b), its tails cut likewise."""
        return self._by_quantile(count, _beta_quantiles(a, b))

    def exponential(self, count: int) -> Floats:
        """Exponential waiting times with mean 1, their tails cut likewise."""
        return self.gamma(count, 1.0)

    def _by_quantile(self, count: int, table: Floats) -> Floats:
        position = self.uniform(count) * _CELLS
        cell = position.astype(np.int64)
        low = table[cell]
        return low + (position - cell) * (table[cell + 1] - low)


@cache
def _gamma_quantiles(shape: float) -> Floats:
    from scipy.special import gammaincinv

    return _table(lambda q: gammaincinv(shape, q))


@cache
def _beta_quantiles(a: float, b: float) -> Floats:
    from scipy.special import betaincinv

    return _table(lambda q: betaincinv(a, b, q))


def _table(quantile: Callable[[Floats], Floats]) -> Floats:
    probabilities = np.arange(_CELLS + 1) / _CELLS
    probabilities[0] = 0.5 / _CELLS
    probabilities[-1] = 1 - 0.5 / _CELLS
    # six digits: what differs between two builds of scipy is far below that
    return np.array([float(f"{value:.6g}") for value in quantile(probabilities)])
