"""What is decided by hand about two records: taken down, refused, undone."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO

import psycopg
import pytest
from rich.console import Console

from customer360 import warehouse
from customer360.errors import UserError
from customer360.identity import overrides
from customer360.settings import Settings

# an id may hold the colons that part it from the rest
A, B, C, D = (f"shop:customers:{name}" for name in ("1", "2:b", "3", "4"))


class Decisions:
    """Who decides about the records of a database."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def told(self, call: Callable[..., object], *words: object, **more: object) -> str:
        console = Console(file=StringIO(), width=120)
        call(self.settings, *words, console=console, **more)
        return " ".join(console.file.getvalue().split())

    def always(self, record: str, other: str) -> str:
        return self.told(overrides.add, "always", record, other, reason="by phone")

    def never(self, record: str, other: str) -> str:
        return self.told(overrides.add, "never", record, other, reason="by phone")

    def undo(self, number: int) -> str:
        return self.told(overrides.undo, number)

    def shown(self) -> str:
        return self.told(overrides.show)


@pytest.fixture
def decisions(database: Settings) -> Decisions:
    with warehouse.connect(database, "transformer") as connection:
        connection.execute(
            "create table intermediate.int_customer_records as "
            "select 'shop' as system, 'customers' as entity, id as source_record_id "
            "from unnest(array['1', '2:b', '3', '4']) as id"
        )
    return Decisions(database)


def test_decisions_are_listed_with_who_and_why(decisions: Decisions) -> None:
    assert "Nobody has decided" in decisions.shown()
    assert decisions.always(A, B) == (
        f"Override 1: {A} and {B} are one customer, from the next run on."
    )
    assert decisions.never(C, D) == (
        f"Override 2: {C} and {D} are two customers, from the next run on."
    )
    shown = decisions.shown()
    assert all(text in shown for text in (A, B, C, D, "by phone"))
    assert "undone" in decisions.undo(1)
    with warehouse.connect(decisions.settings, "transformer") as connection:
        rows = connection.execute(
            "select kind, source_record_id, other_source_record_id, reason, "
            "undone_at is not null, undone_by is not distinct from created_by "
            "from ops.identity_overrides order by override_id"
        ).fetchall()
    assert rows == [
        ("always", "1", "2:b", "by phone", True, True),
        ("never", "3", "4", "by phone", False, False),
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((A, "shop:customers"), "write SYSTEM:ENTITY:ID"),
        ((A, "shop::1"), "write SYSTEM:ENTITY:ID"),
        ((A, A), "is one record"),
        ((A, "shop:customers:9"), "There is no record shop:customers:9"),
    ],
)
def test_what_names_no_two_records_is_refused(
    decisions: Decisions, words: tuple[str, str], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        decisions.never(*words)


def test_a_reason_is_asked_for(decisions: Decisions) -> None:
    with pytest.raises(UserError, match="say why"):
        decisions.told(overrides.add, "never", A, B, reason=" ")


def test_records_come_before_decisions(database: Settings) -> None:
    with pytest.raises(UserError, match="run the pipeline first"):
        Decisions(database).never(A, B)


def test_the_same_and_the_opposite_are_refused(decisions: Decisions) -> None:
    decisions.always(A, B)
    with pytest.raises(UserError, match="Override 1 says so already"):
        decisions.always(B, A)
    with pytest.raises(UserError, match=r"Override 1 .* opposite: undo it first"):
        decisions.never(B, A)
    decisions.undo(1)
    decisions.never(B, A)
    with pytest.raises(UserError, match=r"Override 2 .* opposite: undo it first"):
        decisions.always(A, B)


def test_what_follows_from_others_cannot_be_denied(decisions: Decisions) -> None:
    decisions.always(A, B)
    decisions.always(C, B)
    with pytest.raises(UserError, match="one customer by overrides 1 and 2: undo"):
        decisions.never(A, C)
    # nor can both ends of a denial be brought together
    decisions.never(D, A)
    with pytest.raises(UserError, match=r"By overrides 1 and 2, .* override 3 rules"):
        decisions.always(D, C)
    decisions.undo(2)
    decisions.always(D, C)


@pytest.mark.parametrize(
    ("number", "message"), [(7, "no override 7"), (1, "undone already")]
)
def test_what_does_not_count_cannot_be_undone(
    decisions: Decisions, number: int, message: str
) -> None:
    decisions.always(A, B)
    decisions.undo(1)
    with pytest.raises(UserError, match=message):
        decisions.undo(number)


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("loader", "select from ops.identity_overrides"),
        ("publisher", "select from ops.identity_overrides"),
        ("transformer", "delete from ops.identity_overrides"),
        ("transformer", "update ops.identity_overrides set kind = 'never'"),
    ],
)
def test_nobody_else_may(
    database: Settings, role: warehouse.Role, statement: str
) -> None:
    with (
        warehouse.connect(database, role) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement)
