"""No row of the data in a message, and still a message."""

from __future__ import annotations

import pytest

from customer360.pipeline.messages import without_values

SECRET = "jane.doe@example.com"


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        (
            'duplicate key value violates unique constraint "dim_customers_pkey"\n'
            f"DETAIL:  Key (email)=({SECRET}) already exists.",
            'unique constraint "dim_customers_pkey"',
        ),
        (
            'null value in column "email" of relation "dim_customers" violates '
            f"not-null constraint\nDETAIL:  Failing row contains (7, {SECRET}, null).",
            'column "email" of relation "dim_customers"',
        ),
        (f'invalid input syntax for type date: "{SECRET}"', "type date"),
        (f'invalid input syntax for type date: "1\n{SECRET}"', "type date"),
        (f'date/time field value out of range: "{SECRET}"', "out of range"),
        (
            f'invalid input syntax for type json\nCONTEXT:  COPY x, line 3: "{SECRET}"',
            "type json",
        ),
        (f"division by zero\nQUERY:  select '{SECRET}'", "division by zero"),
    ],
)
def test_values_are_cut_and_the_fault_is_kept(message: str, kept: str) -> None:
    found = without_values(message)
    assert SECRET not in found
    assert kept in found


def test_names_of_objects_stay() -> None:
    message = (
        'relation "marts.orders" does not exist\nLINE 3:     from "marts"."orders"'
    )
    assert without_values(message) == message
