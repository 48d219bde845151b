from __future__ import annotations

from customer360.pipeline.folders import drawn_folders

A, B, C = ("m", "a"), ("m", "b"), ("m", "c")


def test_folders_without_a_circle_are_drawn_as_they_are() -> None:
    folders = {"1": A, "2": A, "3": B, "4": C, "5": ("m", "c", "deep"), "6": ()}
    parents = {"2": ["1"], "3": ["2"], "4": ["3", "6"], "5": ["4"]}
    assert drawn_folders(folders, parents) == folders


def test_folders_in_a_circle_are_not_drawn_and_the_others_are() -> None:
    folders = {"1": A, "2": B, "3": A, "4": C}
    parents = {"2": ["1"], "3": ["2"], "4": ["3"]}
    assert drawn_folders(folders, parents) == {
        "1": ("m",),
        "2": ("m",),
        "3": ("m",),
        "4": C,
    }


def test_what_comes_back_to_where_it_started_is_no_circle() -> None:
    # Airflow asks what a group's first members wait for
    folders = {"1": A, "2": B, "3": A}
    parents = {"2": ["1"], "3": ["1", "2"]}
    assert drawn_folders(folders, parents) == folders


def test_what_is_inside_a_folder_that_is_not_drawn_may_go_in_circles_itself() -> None:
    folders = {"1": A, "2": B, "3": A, "4": (*B, "x"), "5": (*B, "y")}
    parents = {"2": ["1"], "3": ["2"], "5": ["4"]}
    drawn = drawn_folders(folders, parents)
    assert (drawn["4"], drawn["5"]) == (("m", "x"), ("m", "y"))
    drawn = drawn_folders(folders | {"6": (*B, "x")}, parents | {"6": ["5"]})
    assert set(drawn.values()) == {("m",)}
