"""What cannot be learned from is found out, and said."""

from __future__ import annotations

import dataclasses

import pytest

from customer360.identity import em
from customer360.identity.em import Observations
from customer360.identity.model import Vectors, compared_fields
from customer360.identity.soundness import why_not_fitted, why_not_sound

from .simulation import FIELDS, WORLD


def verdict(pairs: Observations) -> str | None:
    fields = compared_fields(FIELDS, pairs.candidates)
    return why_not_fitted(pairs, len(fields)) or why_not_sound(
        em.fit(FIELDS, WORLD.classes, pairs), pairs
    )


def with_pairs(**pairs: int) -> Observations:
    return dataclasses.replace(WORLD, pairs={**WORLD.pairs, **pairs}).draw(0)


def one_field() -> Observations:
    """Pairs of which only the first field was compared, in its three bits."""
    drawn = WORLD.draw(0)
    return dataclasses.replace(
        drawn,
        candidates=Vectors(drawn.candidates.packed & 7, drawn.candidates.pairs),
    )


def test_a_sound_fit_is_sound() -> None:
    assert verdict(WORLD.draw(0)) is None


@pytest.mark.parametrize(
    ("pairs", "reason"),
    [
        (
            dataclasses.replace(WORLD.draw(0), records=199),
            "there are fewer than 200 records",
        ),
        (one_field(), "fewer than 2 fields can be compared"),
        (
            dataclasses.replace(
                WORLD.draw(0), candidates=Vectors.of([1 + 8, 2 + 8], [30, 19])
            ),
            "fewer than 50 pairs have anything in common",
        ),
        (
            dataclasses.replace(WORLD.draw(0), unblocked=Vectors.of([], [])),
            "no pair of strangers was drawn",
        ),
        (
            with_pairs(same_person=0, household=0),
            "fewer than 50 matches were found among",
        ),
        (
            with_pairs(same_person=20_000_000, stranger=9_000_000),
            "most pairs of records were taken for matches",
        ),
    ],
)
def test_what_tells_nothing_is_no_fit(pairs: Observations, reason: str) -> None:
    found = verdict(pairs)
    assert found is not None
    assert found.startswith(reason)


def test_a_fit_whose_matches_agree_less_than_strangers_is_none() -> None:
    pairs = WORLD.draw(0)
    found = em.fit(FIELDS, WORLD.classes, pairs)
    match, stranger = 0, 1
    swapped = []
    for field, levels in zip(found.fields, found.log_probabilities, strict=True):
        of_field = levels.copy()
        if field.name != "email":
            of_field[[match, stranger]] = levels[[stranger, match]]
        swapped.append(of_field)
    found = dataclasses.replace(found, log_probabilities=tuple(swapped))
    assert why_not_sound(found, pairs) == (
        "matches are equal more often than strangers on 1 of 6 fields"
    )


def test_a_fit_without_numbers_is_none() -> None:
    pairs = WORLD.draw(0)
    found = em.fit(FIELDS, WORLD.classes, pairs)
    first, *others = found.log_probabilities
    broken = dataclasses.replace(
        found, log_probabilities=(first * float("inf"), *others)
    )
    assert why_not_sound(broken, pairs) == "the fit has no finite parameters"
