r"""Score our identity resolution, and Splink on DuckDB beside it, on labelled people.

    python -m benchmarks.identity [--records 20000] [--sets fake_1000 febrl3 estate]

Ours is `customer360 evaluate identity` with a mapping of columns and nothing else.
Splink has for each set the model that its documentation has for it.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import psutil

from benchmarks import people
from benchmarks.watch import machine, settings_in
from customer360 import ingest, warehouse
from customer360.identity.evaluate import PairScores
from customer360.settings import Settings

SETS = (
    *("fake_1000", "febrl3", "febrl4"),
    *("households", "undated_households", "estate"),
)


class Bench:
    """A folder with a server of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = settings_in(folder)
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("C360_", "PG"))
        }
        self.environment = kept | {"C360_HOME": str(self.settings.home)}
        warehouse.ensure_ready(self.settings)
        ingest.create_declared_tables(self.settings)

    def people(self, name: str, records: int) -> people.People:
        """A labelled set."""
        if name == "estate":
            return people.estate(self.settings, records)
        return getattr(people, name)()

    def ours(self, labelled: people.People) -> dict[str, float]:
        """What the command prints."""
        path = self.folder / f"{labelled.name}.csv"
        labelled.table.to_csv(path, index=False)
        said = subprocess.run(
            [
                *(Path(sys.executable).with_name("customer360"), "evaluate"),
                *("identity", "--records", path, *labelled.options),
            ],
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout
        return json.loads(said)


def compare(bench: Bench, name: str, records: int) -> None:
    """A line of the table for each way to resolve one set."""
    from benchmarks.splink_models import link

    labelled = bench.people(name, records)
    count = f"{len(labelled.table):,}"
    ours = bench.ours(labelled)
    _line(
        *(name, count, "ours"),
        *(ours[f"pair_{score}"] for score in ("precision", "recall", "f1")),
        seconds=ours["seconds"],
    )
    began = time.monotonic()
    linked = link(labelled)
    seconds = time.monotonic() - began
    weight, best = linked.best()
    for way, scores in {
        "at .5": linked.at(0.0),
        f"at {linked.threshold:.2f}, as documented": linked.at(
            math.log2(linked.threshold / (1 - linked.threshold))
        ),
        f"best, at 2^{weight:.1f} to 1": best,
    }.items():
        _line(name, count, f"Splink {way}", *_shares(scores), seconds=seconds)


def _shares(scores: PairScores) -> tuple[float | None, ...]:
    return scores.precision, scores.recall, scores.f1


def _line(*cells: str | float | None, seconds: float) -> None:
    shown = [f"{cell:.4f}" if isinstance(cell, float) else str(cell) for cell in cells]
    average = f"{psutil.getloadavg()[0]:.1f}"
    print(f"| {' | '.join([*shown, f'{seconds:.1f}', average])} |", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.identity")
    parser.add_argument("--records", type=int, default=20_000, help="of the estate")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=SETS)
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    warnings.filterwarnings("ignore", module="splink")
    print(machine("splink", "duckdb"), flush=True)
    print("| set | records | way | precision | recall | F1 | seconds | load average |")
    print(f"|{'---|' * 8}", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="c360-benchmark-"))
    try:
        bench = Bench(folder)
        for name in chosen.sets:
            compare(bench, name, chosen.records)
    finally:
        warehouse.stop(Settings.from_env({"C360_HOME": str(folder / "home")}))
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
