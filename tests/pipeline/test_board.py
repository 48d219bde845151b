"""What a model is said to be, by what dbt says of it and of its tests."""

from __future__ import annotations

import pytest

from customer360.pipeline.board import Board, NodeEvent


def node(*parents: str, attached: str | None = None) -> dict:
    return {"depends_on": {"nodes": list(parents)}, "attached_node": attached}


STG, MART = "model.shop.stg_orders", "model.shop.orders"
STG_KEY, STG_DATE = "test.shop.stg_key.1", "test.shop.stg_date.1"
MART_KEY, TOTALS = "test.shop.mart_key.1", "test.shop.totals"
UNIT, SOURCE_TEST = "unit_test.shop.orders.sums", "test.shop.source.1"

MANIFEST = {
    "nodes": {
        STG: node("source.shop.raw.orders"),
        MART: node(STG),
        STG_KEY: node(STG, attached=STG),
        STG_DATE: node(STG, attached=STG),
        MART_KEY: node(MART, attached=MART),
        # on no model in particular: it runs when the last of them is there
        TOTALS: node(MART, STG),
        SOURCE_TEST: node("source.shop.raw.orders"),
    },
    "unit_tests": {UNIT: node(MART)},
}


def board(*events: tuple[str, str] | tuple[str, str, str]) -> Board:
    made = Board(MANIFEST)
    for name, status, *message in events:
        made.hear(
            NodeEvent(
                name, total=8, status=status, message=message[0] if message else ""
            )
        )
    return made


def states(made: Board, *, over: bool = False) -> dict[str, str]:
    return {name: v.state for name, v in made.verdicts(over=over).items()}


def test_a_model_has_succeeded_when_its_last_test_has() -> None:
    made = board((STG, "started"))
    assert states(made) == {STG: "running"}
    for event in ((STG, "success"), (STG_KEY, "pass")):
        made.hear(NodeEvent(event[0], status=event[1]))
        assert states(made) == {STG: "running"}
    made.hear(NodeEvent(STG_DATE, status="warn"))
    assert states(made) == {STG: "success"}
    log = made.verdicts()[STG].log
    for line in ("model stg_orders: success", "test stg_date: warn", "1 of 2 tests"):
        assert sum(line in entry for entry in log) == 1, log


@pytest.mark.parametrize("status", ["fail", "error", "runtime error"])
def test_a_failed_test_fails_its_model_at_once(status: str) -> None:
    made = board((STG, "success"), (STG_KEY, status, "Got 3 results"))
    assert states(made) == {STG: "failed"}
    assert "Got 3 results" in " ".join(made.verdicts()[STG].log)


def test_a_failed_unit_test_fails_the_model_that_dbt_then_skips() -> None:
    made = board((UNIT, "fail"), (MART, "skipped"))
    assert states(made, over=True) == {MART: "failed"}
    assert "unit_test orders.sums: fail in 0.00 s" in made.verdicts()[MART].log


def test_what_dbt_skips_is_neither_failed_nor_successful() -> None:
    made = board((STG, "error"), (STG_KEY, "skipped"), (MART, "skipped"))
    assert states(made, over=True) == {STG: "failed", MART: "skipped"}


def test_a_skipped_test_leaves_its_model_a_success() -> None:
    # a test of two models is skipped when the other one failed
    made = board((STG, "success"), (STG_KEY, "skipped"), (STG_DATE, "pass"))
    assert states(made) == {STG: "success"}


def test_a_test_of_several_models_belongs_to_the_last_of_them() -> None:
    made = board((STG, "success"), (MART, "success"), (TOTALS, "fail"))
    assert states(made, over=True) == {STG: "success", MART: "failed"}


def test_a_test_of_a_source_belongs_to_no_model() -> None:
    made = board((SOURCE_TEST, "fail"), (STG, "success"))
    assert states(made, over=True) == {STG: "success"}
    assert made.owner(SOURCE_TEST) == "source.shop.raw.orders"
    assert [event.node for event in made.bad()] == [SOURCE_TEST]


def test_when_dbt_is_over_tests_that_were_not_selected_are_not_waited_for() -> None:
    made = board((STG, "success"), (STG_KEY, "pass"))
    assert states(made) == {STG: "running"}
    assert states(made, over=True) == {STG: "success"}


def test_a_model_in_which_dbt_ended_has_failed_and_one_it_never_began_is_unknown() -> (
    None
):
    assert states(board((STG, "started")), over=True) == {STG: "failed"}


def test_a_lost_connection_is_not_the_models_fault() -> None:
    gone = "Database Error\n  server closed the connection unexpectedly"
    made = board((STG, "error", gone), (MART, "skipped"))
    assert made.is_transient()
    # nothing is settled: the next try may build both
    assert states(made, over=True) == {STG: "lost"}
    made.hear(NodeEvent(STG_KEY, status="fail", message="Got 1 result"))
    assert not made.is_transient()


def test_what_has_ended_is_told_by_kind() -> None:
    made = board((STG, "started"), (STG, "success"), (STG_KEY, "warn"), (UNIT, "pass"))
    made.hear(NodeEvent(MART, total=8))
    assert (made.done, made.total, made.current) == (3, 8, MART)
    assert [event.node for event in made.ended("model")] == [STG]
    tests = made.ended("test", "unit_test")
    assert [event.status for event in tests] == ["warn", "pass"]
