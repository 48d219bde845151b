"""The worked example, on the real file, against the published figures."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from customer360.settings import ROOT

if TYPE_CHECKING:
    from tests.conftest import Work

SCRIPT = ROOT / "examples" / "online_retail" / "run.py"
DATA = Path(os.environ.get("C360_TEST_DATA") or ROOT.parent / "shared" / "data")
FILE = DATA / "online_retail" / "online_retail.csv.gz"

COHORT = "(885, 324, 286, 340, 321, 352, 321, 309, 313, 350, 331, 445, 235)"
FIGURES = [
    "✓ lines in the file: 541909, published 541909",
    "✓ lines sold to a known customer: 397884, published 397884",
    "✓ customers who bought: 4338, published 4338",
    "✓ orders: 18532, published 18532",
    "✓ revenue: 8911407.90, published 8911407.90",
    f"✓ cohort 2010-12, month by month: {COHORT}, published {COHORT}",
]
LINES = [
    "397,884 lines sold, known",
    "132,220 lines sold, unknown customer",
    "40 lines status adjustment, known",
    "2,477 lines status adjustment, unknown customer",
    "8,905 lines status cancelled, known",
    "383 lines status cancelled, unknown customer",
]


@pytest.mark.skipif(
    not FILE.exists(), reason="the UCI Online Retail file is not in C360_TEST_DATA"
)
def test_the_published_figures(work: Work, tmp_path: Path) -> None:
    target = tmp_path / "target"
    with work.database(target) as settings:
        environment = os.environ | {
            "C360_HOME": str(settings.home),
            "C360_DATABASE_URL": settings.database_url,
            "DBT_TARGET_PATH": str(target),
            # every event in full, which nobody reads
            "DBT_LOG_LEVEL_FILE": "none",
        }
        done = subprocess.run(
            [sys.executable, SCRIPT, FILE, tmp_path / "export"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    assert "✗" not in done.stdout
    said = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert {*FIGURES, *LINES} <= {*said}
    assert [line for line in said if " lines " in line and line[0].isdigit()] == LINES


@pytest.mark.parametrize("arguments", [[], ["", ""], ["no_such_file.csv", "out"]])
def test_mistakes_are_one_line(arguments: list[str], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, SCRIPT, *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
