"""What a run is asked for, and what it says that dbt has done."""

from __future__ import annotations

from pathlib import Path

import pytest

from customer360.errors import UserError
from customer360.pipeline import steps
from customer360.pipeline.board import Board, NodeEvent


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("/files/july", "/files/july"),
        ("july/1st", "/landing/july/1st"),
        ("../july", "/july"),
        ("~/july", "/users/ana/july"),
    ],
)
def test_a_folder_in_the_form_is_below_the_default_one_or_stands_for_itself(
    monkeypatch: pytest.MonkeyPatch, given: str, meant: str
) -> None:
    monkeypatch.setenv("C360_LANDING_DIR", "/landing")
    monkeypatch.setenv("HOME", "/users/ana")
    assert steps.settings_for({"landing": given}).landing_dir == Path(meant)


def test_a_parameter_that_the_form_does_not_have_is_not_passed_over() -> None:
    params = {"landing": "in", "mode": "append", "full_refresh": False}
    steps.check({**params, "as_of_date": "2026-01-31"})
    with pytest.raises(UserError, match="no parameter as_of; there are landing, mode"):
        # what Airflow makes of a form with as_of
        steps.check({**params, "as_of_date": None, "as_of": "2026-01-31"})


SEED, MODEL, TEST = "seed.shop.weights", "model.shop.orders", "test.shop.key"


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        (
            {SEED: "success", MODEL: "success", f"{MODEL}_daily": "success"},
            "2 models and 1 seed built, 0 tests passed",
        ),
        ({MODEL: "success", TEST: "pass"}, "1 model built, 1 test passed"),
        (
            {MODEL: "success", TEST: "warn", f"unit_{TEST}.sums": "pass"},
            "1 model built, 1 test passed, 1 warned",
        ),
        ({TEST: "pass"}, "nothing built, 1 test passed"),
    ],
)
def test_models_seeds_tests_and_warnings_are_counted_apart(
    ended: dict[str, str], said: str
) -> None:
    board = Board({"nodes": {}})
    for node, status in ended.items():
        board.hear(NodeEvent(node, status="started"))
        board.hear(NodeEvent(node, status=status))
    assert steps.achievement(board) == said
