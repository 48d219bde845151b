"""Drawn lists of households: families with one name and one address, some moved.

A list of this kind (voters, members, customers of a utility) has no e-mail addresses
and no phone numbers, so that most who look alike live together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from faker import Faker

_MOST_PER_HOME = 5
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class _Person:
    given_name: str
    family_name: str
    birth_year: int
    home: tuple[str, str, str]
    """Street, city, postcode."""


class Lists:
    """Records of several lists, of the same persons."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._fake = Faker("en_US", use_weighting=True)
        self._fake.seed_instance(seed)
        self._streets = [self._fake.street_name() for _ in range(1500)]
        self._cities = [self._fake.city() for _ in range(120)]

    def draw(self, persons: int) -> pd.DataFrame:
        """Records in no order, all text; `person` says whose each is."""
        rows = [
            {"person": str(number), **record}
            for number, person in enumerate(self._persons(persons))
            for record in self._records(person)
        ]
        table = pd.DataFrame(rows).astype(object)
        order = self._random.permutation(len(table))
        return table.iloc[order].reset_index(drop=True)

    def _persons(self, number: int) -> Iterator[_Person]:
        random = self._random
        left = number
        while left:
            size = min(1 + random.poisson(0.9), _MOST_PER_HOME, left)
            left -= size
            family_name = self._fake.last_name()
            parent = self._fake.first_name_male()
            parents_year = int(random.integers(1935, 1985))
            home = self._home()
            for place in range(size):
                is_child = place > 1
                gap = random.normal(26 + place, 2) if is_child else random.normal(2, 4)
                is_named_after = is_child and random.random() < 0.08
                moved_out = is_child and random.random() < 0.4
                yield _Person(
                    parent if place == 0 or is_named_after else self._fake.first_name(),
                    family_name,
                    parents_year + (round(gap) if place else 0),
                    (self._street(), *home[1:]) if moved_out else home,
                )

    def _records(self, person: _Person) -> Iterator[dict[str, str | None]]:
        random = self._random
        for _ in range(1 + random.binomial(3, 0.28)):
            moved = random.random() < 0.12
            street, city, postcode = self._home() if moved else person.home
            slip = int(random.integers(-3, 4)) if random.random() < 0.04 else 0
            yield {
                "given_name": self._written(person.given_name, 0.10),
                "family_name": self._written(person.family_name, 0.07),
                "street": self._written(street, 0.10),
                "city": city if random.random() < 0.95 else None,
                "postcode": self._written(postcode, 0.03),
                "birth_year": str(person.birth_year + slip),
            }

    def _home(self) -> tuple[str, str, str]:
        # a few large cities and many small ones
        city = int(len(self._cities) * self._random.random() ** 2)
        postcode = 27_000 + 4 * city + int(self._random.integers(4))
        return self._street(), self._cities[city], str(postcode)

    def _street(self) -> str:
        number = self._random.integers(1, 2000)
        return f"{number} {self._streets[self._random.integers(len(self._streets))]}"

    def _written(self, text: str, mistaken: float) -> str:
        """With a letter too few, too many, another, or two swapped; seldom."""
        random = self._random
        if random.random() >= mistaken:
            return text
        at = int(random.integers(len(text)))
        letter = _LETTERS[random.integers(len(_LETTERS))]
        before, here, after = text[:at], text[at], text[at + 1 :]
        return (
            before + after,
            before + letter + here + after,
            before + letter + after,
            before + after[:1] + here + after[1:],
        )[random.integers(4)]
