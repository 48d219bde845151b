"""Phone numbers, from the file to E.164, against libphonenumber itself."""

from __future__ import annotations

import pytest
from dbt_workplace import Workplace
from phone_specimens import WRITTEN, expected, specimens

LEAST_AGREEMENT = 0.999
SPECIMENS = specimens(seed=360)

Phones = dict[tuple[str, str], tuple[str | None, str | None]]


@pytest.fixture(scope="module")
def phones(workplace: Workplace) -> Phones:
    """(country, number as written) → (E.164, reason why not)."""
    workplace.load(
        customers=(
            (number, *[""] * 3, text, "", "", country, "2024-01-01")
            for number, (country, text) in enumerate(SPECIMENS)
        )
    )
    workplace.dbt(
        *("build", "--select", "+int_contacts__phones"),
        *("--exclude-resource-type", "test", "unit_test"),
    )
    found = workplace.table(
        "(select cast(source_record_id as int), phone, rejection"
        " from intermediate.int_customer_records__unioned as records"
        " inner join intermediate.int_contacts__phones as phones"
        " on records.phone_text = phones.phone_text"
        " and records.country_code = phones.read_as_country_code)"
    )
    return {
        SPECIMENS[number]: (phone, rejection)
        for number, phone, rejection in found.itertuples(index=False)
    }


def test_phones_agree_with_libphonenumber(phones: Phones) -> None:
    # libphonenumber lets the numbers of films and forms pass
    both = {
        given: (phones[given][0], expected(*given))
        for given in SPECIMENS
        if phones[given][1] != "placeholder"
    }
    disagreed = {given: pair for given, pair in both.items() if pair[0] != pair[1]}
    assert len(disagreed) <= (1 - LEAST_AGREEMENT) * len(both), disagreed
    valid = [country for (country, _), (phone, _) in both.items() if phone]
    assert len(set(valid)) >= 200
    assert min(len(valid), len(both) - len(valid)) >= 10_000


@pytest.mark.parametrize("written", WRITTEN, ids=" ".join)
def test_what_people_write(phones: Phones, written: tuple[str, str]) -> None:
    assert phones[written] == (WRITTEN[written], None)
    assert expected(*written) == WRITTEN[written]
