"""Pairs of records whose classes are known, drawn from known parameters.

Vectors are drawn as counts over all combinations of levels, so that twenty
million pairs cost no more than a few.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from customer360.identity.em import Observations
from customer360.identity.model import DeclaredClass, Field, FreeField, Vectors

SAMPLED = 300_000


def declared(name: str, is_match: bool, *free: str) -> DeclaredClass:
    """A class that is free on these fields, whatever else there is."""
    return DeclaredClass(name, is_match, tuple(FreeField(field) for field in free))


@dataclass(frozen=True)
class World:
    """Classes, how many pairs each has, and how their levels are distributed."""

    fields: tuple[Field, ...]
    classes: tuple[DeclaredClass, ...]
    pairs: Mapping[str, int]
    levels: Mapping[tuple[str, str], tuple[float, ...]]
    """By class and field; a class that follows u has no entry of its own."""
    records: int
    missing: float = 0.02
    """Probability that a field cannot be compared."""
    blocked_by: frozenset[str] | None = None
    """Fields that bring a pair together where they are equal; None: any."""

    def probabilities(self, name: str, field: Field) -> NDArray[np.float64]:
        """What a fit should find, shape (levels,)."""
        of_class = self.levels.get((name, field.name))
        return np.array(of_class or self.levels["stranger", field.name])

    def draw(self, seed: int) -> Observations:
        """One world's pairs: blocked where any field is equal."""
        generator = np.random.default_rng(seed)
        levels = np.indices([field.levels + 1 for field in self.fields])
        levels = levels.reshape(len(self.fields), -1)
        packed = np.zeros(levels.shape[1], dtype=np.int64)
        for field, of_field in zip(self.fields, levels, strict=True):
            packed |= of_field << (3 * field.position)
        counts = np.zeros(len(packed), dtype=np.int64)
        for name, pairs in self.pairs.items():
            density = np.ones(len(packed))
            for field, of_field in zip(self.fields, levels, strict=True):
                told = (1 - self.missing) * self.probabilities(name, field)
                density *= np.concatenate([[self.missing], told])[of_field]
            counts += generator.multinomial(pairs, density / density.sum())
        blocking = [
            self.blocked_by is None or field.name in self.blocked_by
            for field in self.fields
        ]
        is_blocked = (levels[blocking] == 1).any(axis=0)
        unblocked = np.where(is_blocked, 0, counts)
        sampled = generator.multinomial(SAMPLED, unblocked / unblocked.sum())
        return Observations(
            candidates=_vectors(packed, np.where(is_blocked, counts, 0)),
            unblocked=_vectors(packed, sampled),
            records=self.records,
            possible_pairs=sum(self.pairs.values()),
        )


def _vectors(packed: NDArray[np.int64], counts: NDArray[np.int64]) -> Vectors:
    there = counts > 0
    return Vectors.of(packed[there].tolist(), counts[there].tolist())


FIELDS = (
    Field("given_name", 0, 4),
    Field("family_name", 1, 4),
    Field("birth_date", 2, 3),
    Field("email", 3, 3),
    Field("phone", 4, 3),
    Field("city", 6, 2),
)
NAMES = tuple(field.name for field in FIELDS)
CLASSES = (
    declared("same_person", True, *NAMES),
    declared("stranger", False),
    declared("household", False, "family_name", "phone", "city"),
)
LEVELS = {
    ("same_person", "given_name"): (0.75, 0.12, 0.08, 0.05),
    ("same_person", "family_name"): (0.85, 0.08, 0.03, 0.04),
    ("same_person", "birth_date"): (0.9, 0.06, 0.04),
    ("same_person", "email"): (0.6, 0.1, 0.3),
    ("same_person", "phone"): (0.65, 0.05, 0.3),
    ("same_person", "city"): (0.9, 0.1),
    ("household", "family_name"): (0.9, 0.05, 0.02, 0.03),
    ("household", "phone"): (0.5, 0.02, 0.48),
    ("household", "city"): (0.98, 0.02),
    ("stranger", "given_name"): (0.004, 0.006, 0.03, 0.96),
    ("stranger", "family_name"): (0.002, 0.004, 0.024, 0.97),
    ("stranger", "birth_date"): (0.0001, 0.0019, 0.998),
    ("stranger", "email"): (0.00001, 0.00099, 0.999),
    ("stranger", "phone"): (0.00001, 0.00019, 0.9998),
    ("stranger", "city"): (0.03, 0.97),
}
WORLD = World(
    fields=FIELDS,
    classes=CLASSES,
    pairs={"same_person": 9_000, "household": 6_000, "stranger": 19_985_000},
    levels=LEVELS,
    records=6_325,
)

AREA = World(
    fields=(
        Field("given_name", 0, 4),
        Field("family_name", 1, 4),
        Field("postcode", 5, 2),
        Field("city", 6, 2),
    ),
    classes=(
        declared("same_person", True, "given_name", "family_name", "postcode", "city"),
        declared("stranger", False),
        dataclasses.replace(
            declared("same_area", False, "postcode", "city"), is_unblocked=True
        ),
    ),
    pairs={"same_person": 9_000, "same_area": 400_000, "stranger": 19_591_000},
    levels=LEVELS
    | {
        ("same_person", "postcode"): (0.9, 0.1),
        ("same_area", "postcode"): (0.95, 0.05),
        ("same_area", "city"): (0.99, 0.01),
        ("stranger", "postcode"): (0.001, 0.999),
    },
    records=6_325,
    blocked_by=frozenset({"given_name", "family_name"}),
)
"""Nobody without a name in common was compared, wherever they live."""
