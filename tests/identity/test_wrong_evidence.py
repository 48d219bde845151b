"""Evidence that points the wrong way: what becomes of whom it concerns.

Among ordinary people, who have families and sometimes a second record, stand the cases
that fool matchers: each is resolved together with all of them, as it would be in
earnest.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from faker.providers.person.en_US import Provider as Names

from customer360.settings import Settings

from .conftest import Evaluator

FIELDS = (
    *("given_name", "surname", "birth_date", "email", "phone"),
    *("address", "postcode", "city"),
)
PEOPLE = 3000
JUNK = "noone@nowhere.example"
SHARING_JUNK = 8000

Record = dict[str, str]

SMITH_HOME = {"address": "12 Mill Lane", "postcode": "48201", "city": "Ashford"}
JONES_HOME = {"address": "7 Harbour Road", "postcode": "48377", "city": "Millport"}
KELLER_HOME = {"address": "90 Orchard Way", "postcode": "49112", "city": "Ludlow"}

CASES: dict[str, tuple[list[Record], list[set[int]]]] = {
    "a father and a son of one name at one address": (
        [
            {
                **SMITH_HOME,
                **{"given_name": "Harold", "surname": "Winterbourne"},
                **{"birth_date": "1951-03-14", "email": "harold.w@oldmail.example"},
            },
            {
                **SMITH_HOME,
                **{"given_name": "Harold", "surname": "Winterbourne"},
                **{"birth_date": "1951-03-14", "phone": "2025550101"},
            },
            {
                **SMITH_HOME,
                **{"given_name": "Harold", "surname": "Winterbourne"},
                **{"birth_date": "1984-11-02", "email": "harry84@newmail.example"},
                "phone": "2025550177",
            },
        ],
        [{0, 1}, {2}],
    ),
    "twins": (
        [
            {
                **JONES_HOME,
                **{"given_name": name, "surname": "Abercrombie"},
                **{"birth_date": "1990-07-21", "phone": phone},
                "email": f"{name.lower()}@abercrombie.example",
            }
            for name, phone in (("Matilda", "2025550133"), ("Rosalind", "2025550134"))
        ],
        [{0}, {1}],
    ),
    "a household's phone": (
        [
            {
                **KELLER_HOME,
                **{"given_name": name, "surname": "Featherstone"},
                **{"birth_date": born, "phone": "2025550155"},
            }
            for name, born in (
                ("Bernard", "1970-01-30"),
                ("Constance", "1972-09-09"),
                ("Percival", "1999-12-24"),
            )
        ],
        [{0}, {1}, {2}],
    ),
    "a recycled number": (
        [
            {
                **{"given_name": "Tobias", "surname": "Lindqvist"},
                **{"email": "tobias@lindqvist.example", "phone": "2025550199"},
                **{"address": "3 Station Street", "postcode": "51200"},
                "city": "Redcliff",
            },
            {
                **{"given_name": "Marguerite", "surname": "Okonkwo"},
                **{"email": "m.okonkwo@post.example", "phone": "2025550199"},
                **{"address": "41 Lake View", "postcode": "60614", "city": "Norwood"},
            },
        ],
        [{0}, {1}],
    ),
    "a company's shared mailbox": (
        [
            {
                **{"given_name": given, "surname": surname, "birth_date": born},
                **{"email": "info@gearworks.example", "phone": phone},
            }
            for given, surname, born, phone in (
                ("Isidore", "Vandermeer", "1966-05-05", "2025550210"),
                ("Philippa", "Cavendish", "1978-08-18", "2025550211"),
                ("Leopold", "Grünewald", "1985-02-11", "2025550212"),
                ("Winifred", "Macalister", "1993-10-27", "2025550213"),
            )
        ],
        [{0}, {1}, {2}, {3}],
    ),
    "an identifier of the stop list": (
        [
            {
                **{"given_name": given, "surname": surname},
                **{"email": "noreply@example.com", "phone": "0000000000"},
                **{"city": city},
            }
            for given, surname, city in (
                ("Euphemia", "Thistlewood", "Ashford"),
                ("Barnabas", "Quillfeather", "Millport"),
            )
        ],
        [{0}, {1}],
    ),
    "a test account beside a customer": (
        [
            {"given_name": "Test", "surname": "Test", "email": "test@test.com"},
            {
                **{"given_name": "Clementine", "surname": "Ashworth"},
                **{"email": "clementine.ashworth@mail.example"},
                **{"birth_date": "1988-04-04", "phone": "2025550301"},
            },
            {
                **{"given_name": "Test", "surname": "Ashworth"},
                **{"email": "test@test.com", "phone": "2025550302"},
            },
        ],
        [{0}, {1}, {2}],
    ),
}
"""Records that mislead, and who is who among them."""


def drawn(random: np.random.Generator, values: Sequence[str], number: int) -> list[str]:
    return [values[k] for k in random.integers(len(values), size=number)]


def ordinary(random: np.random.Generator, number: int) -> list[Record]:
    """People with nothing in common but what chance gives them."""
    given = drawn(random, sorted(Names.first_names), number)
    surnames = drawn(random, sorted(Names.last_names), number)
    days = np.datetime64("1940-01-01") + random.integers(24_000, size=number)
    people = []
    for k in range(number):
        city = int(random.integers(60))
        people.append(
            {
                **{"given_name": given[k], "surname": surnames[k]},
                "birth_date": str(days[k]),
                "email": f"{given[k]}.{surnames[k]}{k}@mail{k % 9}.example".lower(),
                "phone": str(3_000_000_000 + 7919 * k),
                "address": f"{random.integers(1, 300)} {surnames[-k - 1]} Street",
                "postcode": str(10_000 + 37 * city + int(random.integers(30))),
                "city": f"{sorted(Names.last_names)[11 * city]}ville",
            }
        )
    return people


def families(random: np.random.Generator, people: Sequence[Record]) -> None:
    """Have every third of these people live with the one before.

    Half of them share the phone, too; some have the father's given name, and some
    are twins.
    """
    for first, second in zip(people[::3], people[1::3], strict=True):
        shared = ["surname", "address", "postcode", "city"]
        if random.random() < 0.5:
            shared.append("phone")
        if (kind := random.random()) < 0.04:
            shared.append("given_name")
        elif kind < 0.06:
            shared.append("birth_date")
        second |= {field: first[field] for field in shared}


def once_more(random: np.random.Generator, person: Record) -> Record:
    """What another system knows of a person: less, and with a slip here and there."""
    again = dict(person)
    for field in ("birth_date", "email", "phone", "address"):
        if random.random() < 0.3:
            again.pop(field)
    if random.random() < 0.3:
        name = again["surname"]
        k = int(random.integers(1, len(name)))
        again["surname"] = name[:k] + name[k - 1] + name[k:]
    return again


def people() -> Iterator[tuple[str, Record]]:
    """Person and record, the misleading ones last."""
    random = np.random.default_rng(20)
    known = ordinary(random, PEOPLE)
    families(random, known)
    for k, person in enumerate(known):
        yield f"p{k}", person
        if k % 2:
            yield f"p{k}", once_more(random, person)
    strangers = ordinary(random, SHARING_JUNK)
    for k, person in enumerate(strangers):
        name = {field: person[field] for field in ("given_name", "surname", "city")}
        yield f"j{k}", {**name, "email": JUNK}
    for case, (records, persons) in CASES.items():
        for k, record in enumerate(records):
            (person,) = [n for n, members in enumerate(persons) if k in members]
            yield f"{case} {person}", record


@pytest.fixture(scope="module")
def found(
    modules_database: Settings, tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[str], Mapping[str, Any]]:
    """The key of each record's customer, and the scores."""
    evaluator = Evaluator(modules_database, tmp_path_factory.mktemp("evidence"))
    path = evaluator.folder / "people.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.DictWriter(file, ["person", *FIELDS])
        rows.writeheader()
        rows.writerows({"person": person, **record} for person, record in people())
    keys = evaluator.folder / "people_keys.csv"
    scores = evaluator.evaluates(
        *("--records", path, "--truth-column", "person"),
        *("--map", ",".join(f"{field}={field}" for field in FIELDS)),
        *("--output", keys),
    )
    return keys_of(keys), scores


def keys_of(path: Path) -> list[str]:
    with path.open(newline="") as file:
        return [row["customer_key"] for row in csv.DictReader(file)]


@pytest.mark.parametrize("case", CASES)
def test_it_fools_nobody(found: tuple[list[str], Mapping[str, Any]], case: str) -> None:
    keys, _ = found
    places = [k for k, (person, _) in enumerate(people()) if person.startswith(case)]
    clusters: dict[str, set[int]] = {}
    for number, place in enumerate(places):
        clusters.setdefault(keys[place], set()).add(number)
    _, expected = CASES[case]
    assert sorted(clusters.values(), key=min) == expected
    others = {key for k, key in enumerate(keys) if k not in places}
    assert not others & clusters.keys()


def test_8000_records_with_one_junk_mailbox_are_not_one_customer(
    found: tuple[list[str], Mapping[str, Any]],
) -> None:
    keys, scores = found
    has_junk = [record.get("email") == JUNK for _, record in people()]
    sharing = [key for key, is_one in zip(keys, has_junk, strict=True) if is_one]
    assert len(sharing) == SHARING_JUNK
    assert len(set(sharing)) > 0.99 * SHARING_JUNK
    assert scores["largest_cluster"] <= 3
    assert scores["pair_precision"] >= 0.97
    assert scores["pair_recall"] >= 0.95
