"""EM finds the parameters that pairs were drawn from, and nothing else does."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from customer360.identity import em
from customer360.identity.em import Observations, fit
from customer360.identity.model import (
    DeclaredClass,
    Field,
    FreeField,
    Vectors,
    classes_in,
    compared_fields,
)

from .simulation import AREA, CLASSES, FIELDS, NAMES, SAMPLED, WORLD, World, declared

SIGMAS = 5


def fitted(world: World, seed: int) -> em.Fit:
    return fit(world.fields, world.classes, world.draw(seed))


def shuffled(vectors: Vectors, generator: np.random.Generator) -> Vectors:
    order = generator.permutation(len(vectors.packed))
    return Vectors.of(vectors.packed[order].tolist(), vectors.pairs[order].tolist())


@pytest.mark.parametrize("seed", range(4))
def test_parameters_are_recovered(seed: int) -> None:
    found = fitted(WORLD, seed)
    assert found.has_converged
    assert [each.name for each in found.classes] == [c.name for c in WORLD.classes]
    for index, pair_class in enumerate(found.classes):
        pairs = WORLD.pairs[pair_class.name]
        assert found.expected_pairs[index] == pytest.approx(
            pairs, abs=SIGMAS * np.sqrt(pairs)
        )
        assert found.log_priors[index] == pytest.approx(
            np.log(found.expected_pairs[index] / sum(WORLD.pairs.values())), abs=1e-3
        )
        for field, log_probabilities in zip(
            found.fields, found.log_probabilities, strict=True
        ):
            wanted = WORLD.probabilities(pair_class.name, field)
            is_own = field.name in pair_class.free
            told = (1 - WORLD.missing) * (pairs if is_own else SAMPLED)
            error = np.sqrt(wanted * (1 - wanted) / told)
            off = np.abs(np.exp(log_probabilities[index]) - wanted) / error
            assert off.max() < SIGMAS, (pair_class.name, field.name)


@pytest.mark.parametrize("seed", range(4))
def test_rare_agreement_is_counted_not_sampled(seed: int) -> None:
    # 300,000 random pairs hold three of strangers with one e-mail; blocking has
    # brought together all 196 of them
    found = fitted(WORLD, seed)
    email = FIELDS[3]
    told = (1 - WORLD.missing) * WORLD.pairs["stranger"]
    error = np.sqrt(1e-5 / told)
    assert found.u(email)[0] == pytest.approx(1e-5, abs=SIGMAS * error)


@pytest.mark.parametrize("seed", range(4))
def test_an_area_has_those_who_were_never_compared(seed: int) -> None:
    # one in a hundred of those who live in one area has a name in common
    found = fitted(AREA, seed)
    assert found.has_converged
    pairs = dict(
        zip([each.name for each in found.classes], found.expected_pairs, strict=True)
    )
    # some share half of what tells them, and matches of two other names are none
    for name in ("same_area", "same_person"):
        assert pairs[name] == pytest.approx(AREA.pairs[name], rel=0.12)
    assert found.unblocked_shares[0] == 0
    assert found.unblocked_shares.sum() == pytest.approx(1)


def test_persons_do_not_become_families() -> None:
    # more than half of those who share all but the given name are told as matches
    families = dataclasses.replace(
        WORLD,
        classes=(CLASSES[0], CLASSES[1]),
        pairs=WORLD.pairs | {"household": 60_000},
    )
    observations = families.draw(0)
    given_name, *others = FIELDS
    free = fit(FIELDS, families.classes, observations).m(given_name)[-1]
    limited = dataclasses.replace(given_name, most_different=0.2)
    found = fit([limited, *others], families.classes, observations)
    assert free > 0.5
    assert found.m(limited)[-1] == pytest.approx(0.2)
    assert found.m(limited).sum() == pytest.approx(1)
    assert (np.diff(np.array(found.path)) > -1e-6).all()


def test_every_round_gains() -> None:
    observations = WORLD.draw(0)
    for start in em.STARTS:
        path = np.array(fit(FIELDS, WORLD.classes, observations, [start]).path)
        assert len(path) > 5
        # sums of 20 million pairs keep nine digits behind the point
        assert (np.diff(path) > -1e-6).all()


def test_the_likeliest_start_wins() -> None:
    observations = WORLD.draw(0)
    ends = [
        fit(FIELDS, WORLD.classes, observations, [start]).path[-1]
        for start in em.STARTS
    ]
    assert fit(FIELDS, WORLD.classes, observations).path[-1] == max(ends)
    # of equals the first: all that is not likeliest is put behind it
    worst, best = np.argsort(ends)[[0, -1]]
    starts = [em.STARTS[worst], em.STARTS[best], em.STARTS[worst]]
    assert fit(FIELDS, WORLD.classes, observations, starts).path[-1] == ends[best]


def test_rounds_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(em, "MOST_ROUNDS", 3)
    found = fitted(WORLD, 0)
    assert (found.rounds, found.has_converged) == (3, False)


def test_order_of_rows_changes_no_bit() -> None:
    observations = WORLD.draw(1)
    wanted = fit(FIELDS, WORLD.classes, observations)
    generator = np.random.default_rng(7)
    for _ in range(3):
        again = fit(
            [FIELDS[index] for index in generator.permutation(len(FIELDS))],
            WORLD.classes,
            dataclasses.replace(
                observations,
                candidates=shuffled(observations.candidates, generator),
                unblocked=shuffled(observations.unblocked, generator),
            ),
        )
        assert again.fields == wanted.fields
        assert again.log_priors.tobytes() == wanted.log_priors.tobytes()
        for left, right in zip(
            again.log_probabilities, wanted.log_probabilities, strict=True
        ):
            assert left.tobytes() == right.tobytes()


def test_fields_that_no_pair_has_are_dropped() -> None:
    unused = Field("address", 7, 5)
    observations = WORLD.draw(0)
    present = compared_fields([*FIELDS, unused], observations.candidates)
    assert present == FIELDS
    found = fit([unused, *FIELDS], WORLD.classes, observations)
    assert unused not in found.fields


def test_nothing_to_compare_is_no_fit() -> None:
    nothing = Observations(Vectors.of([0], [5]), Vectors.of([0], [9]), 10, 45)
    with pytest.raises(ValueError, match="anything to compare"):
        fit(FIELDS, WORLD.classes, nothing)


def fields_named(*names: str) -> list[Field]:
    return [Field(name, position, 3) for position, name in enumerate(names)]


@pytest.mark.parametrize(
    ("extra", "kept"),
    [
        (declared("neighbour", False, "city", "phone"), True),
        # one field that two records share is no class
        (declared("one", False, "city"), False),
        (declared("one_is_there", False, "city", "address"), False),
        # the matches under another name
        (declared("all", False, *NAMES), False),
        # the household under another name
        (declared("again", False, "phone", "city", "family_name", "address"), False),
        # a match class may have all fields of a class of non-matches
        (declared("moved", True, "family_name", "phone", "city"), True),
        (declared("same_again", True, *NAMES), False),
    ],
)
def test_classes_that_tell_nothing_are_dropped(
    extra: DeclaredClass, kept: bool
) -> None:
    classes = classes_in([*WORLD.classes, extra], FIELDS)
    assert (extra.name in [each.name for each in classes]) == kept
    assert [each.name for each in classes][:3] == [c.name for c in WORLD.classes]


@pytest.mark.parametrize(
    ("names", "free"),
    [
        (["given_name", "family_name", "email", "city"], {"given_name", "family_name"}),
        (
            ["given_name", "family_name", "email", "city", "phone", "birth_date"],
            {"given_name", "family_name", "email"},
        ),
    ],
)
def test_a_field_counts_where_its_needs_are_met(
    names: list[str], free: set[str]
) -> None:
    beside = frozenset({"city", "phone", "birth_date"})
    namesake = DeclaredClass(
        "namesake",
        False,
        (
            FreeField("given_name"),
            FreeField("family_name"),
            FreeField("email", beside, 3),
        ),
    )
    [found] = classes_in([namesake], fields_named(*names))
    assert found.free == free
