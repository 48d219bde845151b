"""What pairs of records are compared by, and what two records can be to each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STRANGER = "stranger"
"""The class that is like strangers on every field: it is them."""

_BITS = 3
_LEVELS = (1 << _BITS) - 1
_FEWEST_FREE = 2
"""Fields that a class must have parameters of its own on, for one field alone tells
two classes apart by nothing but where the fit began."""


@dataclass(frozen=True)
class Field:
    """A field that pairs are compared by."""

    name: str
    position: int
    """Where its level stands in a packed vector: 3 bits each."""
    levels: int
    """1 is equal, the last is different; 0 says nothing, for a value is missing."""
    most_different: float = 1.0
    """The most that the last level's probability may be among matches."""


@dataclass(frozen=True)
class FreeField:
    """A field on which a class has parameters of its own, where there is a need."""

    name: str
    needed_fields: frozenset[str] = frozenset()
    needed_number: int = 0
    """At least so many of the needed fields must be compared at all."""


@dataclass(frozen=True)
class DeclaredClass:
    """What two records can be to each other, as it is declared for all data."""

    name: str
    is_match: bool
    free: tuple[FreeField, ...] = ()
    is_unblocked: bool = False
    """Whether pairs that no blocking rule brought together may be of it."""


@dataclass(frozen=True)
class PairClass:
    """What two records can be to each other in this data."""

    name: str
    is_match: bool
    free: frozenset[str]
    """Fields on which a match class takes m, another parameters of its own. On all
    others the class is like strangers: it takes u."""
    is_unblocked: bool = False
    """Whether pairs that no blocking rule brought together may be of it."""


@dataclass(frozen=True)
class Vectors:
    """Distinct comparison vectors and how many pairs have each."""

    packed: NDArray[np.int64]
    """Shape (n,), ascending."""
    pairs: NDArray[np.float64]
    """Shape (n,)."""

    @classmethod
    def of(cls, packed: Sequence[int], pairs: Sequence[int]) -> Vectors:
        """In ascending order, whatever the order of the rows."""
        vectors = np.asarray(packed, dtype=np.int64)
        order = np.argsort(vectors, kind="stable")
        return cls(vectors[order], np.asarray(pairs, dtype=np.float64)[order])

    @property
    def total(self) -> float:
        """Pairs of all vectors."""
        return float(self.pairs.sum())

    def levels(self, field: Field) -> NDArray[np.intp]:
        """The level of a field in each vector, shape (n,)."""
        return ((self.packed >> (_BITS * field.position)) & _LEVELS).astype(np.intp)

    def counts(self, field: Field) -> NDArray[np.float64]:
        """How many pairs have each level of a field, shape (levels + 1,)."""
        return np.bincount(
            self.levels(field), weights=self.pairs, minlength=field.levels + 1
        )


def compared_fields(fields: Iterable[Field], vectors: Vectors) -> tuple[Field, ...]:
    """The fields that some pair has a level of, in their order."""
    ordered = sorted(fields, key=lambda field: field.position)
    return tuple(field for field in ordered if vectors.levels(field).any())


def classes_in(
    declared: Iterable[DeclaredClass], fields: Iterable[Field]
) -> tuple[PairClass, ...]:
    """The classes that can be told apart by these fields, in their order.

    Of a class, the free fields count whose needs are met. One that has fewer than
    two of them, or those of an earlier class of its kind, is left out; so is one of
    non-matches that has all fields, for it is the matches under another name. The
    first match class and the one without any free field, the strangers, stay.
    """
    present = frozenset(field.name for field in fields)
    classes: list[PairClass] = []
    for candidate in declared:
        free = frozenset(
            field.name
            for field in candidate.free
            if field.name in present
            and len(field.needed_fields & present) >= field.needed_number
        )
        pair_class = PairClass(
            candidate.name, candidate.is_match, free, candidate.is_unblocked
        )
        if not candidate.free or _is_worth_having(pair_class, classes, present):
            classes.append(pair_class)
    return tuple(classes)


def _is_worth_having(
    pair_class: PairClass, earlier: Sequence[PairClass], present: frozenset[str]
) -> bool:
    same_kind = [other for other in earlier if other.is_match == pair_class.is_match]
    if pair_class.is_match and not same_kind:
        return True
    return (
        len(pair_class.free) >= _FEWEST_FREE
        and all(other.free != pair_class.free for other in same_kind)
        and (pair_class.is_match or pair_class.free != present)
    )
