"""What a run is asked for, and what it says that dbt has done."""

from __future__ import annotations

from pathlib import Path

import pytest

from customer360.errors import UserError
from customer360.ingest.landing import LandingFile
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


def test_small_files_share_a_task_and_a_large_one_has_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "_PORTION_BYTES", 100)

    def file(name: str, size: int) -> LandingFile:
        (tmp_path / name).write_bytes(b"." * size)
        return LandingFile(str(tmp_path / name), name, "shop_orders")

    gone = LandingFile(str(tmp_path / "gone"), "gone", "shop_orders")
    units = [
        [file("a", 60)],
        [file("b", 30), gone],
        [file("c", 20)],
        [file("d", 500)],
        [file("e", 1)],
    ]
    portions = list(steps._portions(units))
    assert [[[f.source_file for f in u] for u in p] for p in portions] == [
        [["a"], ["b", "gone"]],
        [["c"]],
        [["d"]],
        [["e"]],
    ]
    assert list(steps._portions([])) == []
    titles = [
        steps.title({"units": [[f.to_dict() for f in u] for u in p]})
        for p in [units, *portions]
    ]
    assert titles == ["a, b, gone and 3 more", "a, b, gone", "c", "d", "e"]
