"""The words of the population: names, streets and cities of each country."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from data_generators.countries import COUNTRIES

if TYPE_CHECKING:
    from faker import Faker

Words = NDArray[np.object_]

NICKNAMES: dict[str, tuple[str, ...]] = {
    "Alejandro": ("Álex", "Jandro"),
    "Alessandro": ("Sandro", "Ale"),
    "Alexander": ("Alex", "Sandy", "Xander"),
    "Andrew": ("Andy", "Drew"),
    "Anthony": ("Tony",),
    "Antonio": ("Toni", "Toño"),
    "Barbara": ("Barb", "Babs"),
    "Benjamin": ("Ben", "Benny"),
    "Catherine": ("Cathy", "Kate"),
    "Charles": ("Charlie", "Chuck"),
    "Christina": ("Chris", "Tina"),
    "Christine": ("Chris", "Chrissie"),
    "Christopher": ("Chris", "Kit"),
    "Cornelis": ("Cees", "Kees"),
    "Daniel": ("Dan", "Danny"),
    "David": ("Dave",),
    "Deborah": ("Deb", "Debbie"),
    "Donald": ("Don", "Donnie"),
    "Dorothy": ("Dot", "Dottie"),
    "Edward": ("Ed", "Ted"),
    "Elisabeth": ("Lisa", "Sissi"),
    "Elizabeth": ("Liz", "Beth", "Betty"),
    "Francesco": ("Franco", "Ciccio"),
    "Francisco": ("Paco", "Pancho", "Chico"),
    "Gerald": ("Gerry", "Jerry"),
    "Giovanni": ("Gianni", "Nino"),
    "Giuseppe": ("Beppe", "Pino"),
    "Gregory": ("Greg",),
    "Hans-Peter": ("Hape",),
    "Jacob": ("Jake",),
    "James": ("Jim", "Jimmy", "Jamie"),
    "Jennifer": ("Jen", "Jenny"),
    "Johannes": ("Hans", "Jo", "Joop"),
    "John": ("Jack", "Johnny"),
    "Jonathan": ("Jon", "Jonny"),
    "Joseph": ("Joe", "Joey"),
    "José": ("Pepe",),
    "Joshua": ("Josh",),
    "Katherine": ("Kate", "Kathy"),
    "Kimberly": ("Kim",),
    "Lawrence": ("Larry",),
    "Luigi": ("Gigi",),
    "Margaret": ("Peggy", "Maggie", "Meg"),
    "Maria": ("Mia", "Mariella"),
    "Matthew": ("Matt",),
    "Michael": ("Mike", "Mick"),
    "Nicholas": ("Nick",),
    "Nicolas": ("Nico",),
    "Pamela": ("Pam",),
    "Patricia": ("Pat", "Trish", "Patty"),
    "Philippe": ("Phil",),
    "Rebecca": ("Becky", "Becca"),
    "Richard": ("Rick", "Dick", "Rich"),
    "Robert": ("Bob", "Rob", "Bobby"),
    "Ronald": ("Ron", "Ronnie"),
    "Samantha": ("Sam",),
    "Samuel": ("Sam", "Sammy"),
    "Stephen": ("Steve",),
    "Steven": ("Steve",),
    "Susan": ("Sue", "Suzy"),
    "Theodore": ("Ted", "Theo"),
    "Thomas": ("Tom", "Tommy"),
    "Timothy": ("Tim",),
    "Victoria": ("Vicky", "Tori"),
    "Wilhelm": ("Willi", "Helmut"),
    "William": ("Bill", "Will", "Billy"),
    "Zachary": ("Zach", "Zack"),
}


@dataclass(frozen=True)
class WordPools:
    """All words of all countries; a word is an index into one of the arrays.

    Words come as often as their language uses them, so a uniform draw from a
    pool is a realistic one. `*_start` and `*_size` say where each country's
    words lie: one entry a country, or [sex, country] for given names.
    """

    given: Words
    given_start: NDArray[np.int64]
    given_size: NDArray[np.int64]
    surnames: Words
    surname_start: NDArray[np.int64]
    surname_size: NDArray[np.int64]
    streets: Words
    street_start: NDArray[np.int64]
    street_size: NDArray[np.int64]
    cities: Words
    city_start: NDArray[np.int64]
    city_size: NDArray[np.int64]


_SPECIAL_LETTERS = str.maketrans(
    {"ß": "ss", "ø": "o", "Ø": "O", "æ": "ae", "Æ": "Ae", "ł": "l", "Ł": "L"}
)


def without_accents(text: str) -> str:
    """`text` in plain letters: Müßig → Mussig."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text.translate(_SPECIAL_LETTERS))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


@cache
def word_pools() -> WordPools:
    """The pools, made once with Faker under a fixed seed for each locale."""
    from faker import Faker

    providers = ["faker.providers.person", "faker.providers.address"]
    men: list[list[str]] = []
    women: list[list[str]] = []
    surnames: list[list[str]] = []
    streets: list[list[str]] = []
    cities: list[list[str]] = []
    for country in COUNTRIES:
        fake = Faker(country.locale, providers=providers)
        fake.seed_instance(crc32(country.locale.encode()))
        streets.append([fake.street_name() for _ in range(1500)])
        cities.append([_city(fake, country.locale) for _ in range(400)])
        if country.locale in ("en_CA", "en_AU"):
            # Faker has no names of these countries and would give American ones
            for names in (men, women, surnames):
                names.append(names[0])
            continue
        men.append([fake.first_name_male() for _ in range(800)])
        women.append([fake.first_name_female() for _ in range(800)])
        surnames.append([fake.last_name() for _ in range(2000)])

    given, given_start, given_size = _joined(men + women)
    family, surname_start, surname_size = _joined(surnames)
    street, street_start, street_size = _joined(streets)
    city, city_start, city_size = _joined(cities)
    return WordPools(
        given,
        given_start.reshape(2, -1),
        given_size.reshape(2, -1),
        family,
        surname_start,
        surname_size,
        street,
        street_start,
        street_size,
        city,
        city_start,
        city_size,
    )


def _city(fake: Faker, locale: str) -> str:
    if locale == "it_IT":
        # Faker keeps Italy's cities in a set, so city() differs between processes
        _, city = fake.postcode_city_province().split(", ", 1)
        return city.rsplit(" (", 1)[0]
    return fake.city()


def _joined(
    pools: list[list[str]],
) -> tuple[Words, NDArray[np.int64], NDArray[np.int64]]:
    words = np.array([word for pool in pools for word in pool], dtype=object)
    sizes = np.array([len(pool) for pool in pools], dtype=np.int64)
    return words, np.cumsum(sizes) - sizes, sizes
