"""Seeds that are written by a program, or that macros rely on."""

from __future__ import annotations

import csv

import pytest

from customer360 import reference
from customer360.settings import ROOT

SEEDS = ROOT / "dbt_project" / "seeds"


@pytest.mark.parametrize("name", sorted(reference.SEEDS))
def test_a_generated_seed_is_what_its_program_writes(name: str) -> None:
    rendered = reference.render(reference.SEEDS[name]())
    in_git = (SEEDS / name).read_text(encoding="utf-8")
    assert in_git == rendered, (
        f"{name} is not of these packages: python -m customer360.reference"
    )


def test_the_macro_knows_every_segment_map_of_the_seed() -> None:
    macro = ROOT / "dbt_project" / "macros" / "scoring" / "rfm_segment_map.sql"
    with (SEEDS / "rfm_segments.csv").open(encoding="utf-8", newline="") as file:
        maps = {row["segment_map"] for row in csv.DictReader(file)}
    allowed = macro.read_text().split("set maps = [")[1].split("]")[0]
    assert {name.strip(' "') for name in allowed.split(",")} == maps
