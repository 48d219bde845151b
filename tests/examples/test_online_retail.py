"""The worked example, on the real file, against the published figures."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from customer360.settings import ROOT, Settings

SCRIPT = ROOT / "examples" / "online_retail" / "run.py"
DATA = Path(os.environ.get("C360_TEST_DATA") or ROOT.parent / "shared" / "data")
FILE = DATA / "online_retail" / "online_retail.csv.gz"


@pytest.mark.skipif(
    not FILE.exists(), reason="the UCI Online Retail file is not in C360_TEST_DATA"
)
def test_the_published_figures(database: Settings, tmp_path: Path) -> None:
    environment = os.environ | {
        "C360_HOME": str(database.home),
        "C360_DATABASE_URL": database.database_url,
        "DBT_TARGET_PATH": str(tmp_path / "target"),
    }
    done = subprocess.run(
        [sys.executable, SCRIPT, FILE, tmp_path / "export"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    assert done.stdout.count("✓ ") >= 6, done.stdout
    assert "✗" not in done.stdout

    spec = importlib.util.spec_from_file_location("online_retail_run", SCRIPT)
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    found, lines = example.figures(tmp_path / "export")
    assert found == example.PUBLISHED
    assert dict(lines) == {
        ("sold", "known"): 397_884,
        ("sold", "unknown customer"): 132_220,
        ("status adjustment", "known"): 40,
        ("status adjustment", "unknown customer"): 2_477,
        ("status cancelled", "known"): 8_905,
        ("status cancelled", "unknown customer"): 383,
    }


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
