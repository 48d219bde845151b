r"""Time identity resolution from staging to golden customers, and Splink beside it.

    python -m benchmarks.identity_scale [--records 20000 100000 1000000]

Ours is what the pipeline builds; Splink on DuckDB scores pairs of the same records.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import shutil
import signal
import sys
import tempfile
import threading
import time
import warnings
from collections import Counter
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Self

import duckdb
import psutil

from benchmarks import people
from benchmarks.watch import machine, settings_in
from customer360 import ingest, warehouse
from customer360.identity.evaluate import PairScores, pair_scores
from customer360.pipeline.dbt import run_dbt
from customer360.settings import Settings

GOLDEN = ("+dim_customers", "+bridge_customer_identities")
RECORDS = "path:models/intermediate/customers+"
SPLINK_GIGABYTES = 6
WEIGHTS = range(-4, 41, 4)
"""Of Splink, in powers of two: those that the truth may choose from."""

STEPS = {
    "records": ("int_customer_records",),
    "fitting": (
        *("int_identity__single_", "int_identity__record_profiles"),
        *("int_identity__record_key", "int_identity__record_pairs"),
        *("int_identity__record_comparisons", "int_identity__vectors"),
        *("int_identity__pair_", "int_identity__comparison_levels"),
        "int_identity__newest_fit",
    ),
    "second pass": ("int_identity__second_", "int_identity__merged_"),
    "first pass": (
        *("int_identity__records", "int_identity__profile"),
        *("int_identity__keys", "int_identity__key_hashes"),
        *("int_identity__pairs", "int_identity__comparisons", "int_identity__v"),
        *("int_identity__scores", "int_identity__cand", "int_identity__member_"),
        *("int_identity__first_", "int_identity__param"),
    ),
    "keys": ("int_identity__key_", "int_identity__customers", "stg_identity__c"),
    "golden": ("int_golden", "dim_", "bridge_"),
    "identifiers and others": ("",),
}
"""Beginnings of the names of each step's models; the first that fits counts."""


class Memory:
    """The most that the processes below this one and the server hold at one time.

    This one, which has the truth and scores by it, is no part of what is measured.
    """

    def __init__(self, server: Path | None = None) -> None:
        self._server = server
        self.gigabytes = 0.0

    def __enter__(self) -> Self:
        self._over = threading.Event()
        self._sampler = threading.Thread(target=self._sample)
        self._sampler.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._sampler.join()

    def _sample(self) -> None:
        while not self._over.wait(1):
            processes = psutil.Process().children(recursive=True)
            with suppress(psutil.Error, OSError, StopIteration):
                if self._server:
                    written = next(self._server.rglob("postmaster.pid")).read_text()
                    server = psutil.Process(int(written.split()[0]))
                    processes += [server, *server.children(recursive=True)]
            held = 0
            # a server that was started here is below this process, too
            for process in set(processes):
                with suppress(psutil.Error):
                    held += process.memory_full_info().pss
            self.gigabytes = max(self.gigabytes, held / 1e9)


class Bench:
    """The generated estate of one size, in a folder with a server of its own."""

    def __init__(self, folder: Path, records: int) -> None:
        self.folder = folder
        self.settings = settings_in(folder)
        warehouse.ensure_ready(self.settings)
        ingest.create_declared_tables(self.settings)
        self.people = people.estate(self.settings, records)
        self.seconds: Counter[str] = Counter()
        self.records = 0
        """All that are resolved; those of `people` say who they are of."""
        self._build(*GOLDEN, but=RECORDS)
        self.seconds.clear()

    def ours(self) -> tuple[float, PairScores]:
        """Seconds from staging to golden customers, and how good those are."""
        seconds = self.build_timed(*(f"{models},{RECORDS}" for models in GOLDEN))
        with warehouse.connect(self.settings, "transformer") as connection:
            found = {
                tuple(record): key
                for *record, key in connection.execute(
                    "select system, entity, source_record_id, customer_key "
                    "from marts.bridge_customer_identities"
                )
            }
        self.records = len(found)
        table = self.people.table
        records = zip(*(table[name] for name in people.RECORD), strict=True)
        return seconds, pair_scores([found[each] for each in records], self.persons)

    @property
    def persons(self) -> list[str]:
        """Whose each record is."""
        return self.people.table[self.people.truth].tolist()

    def build_timed(self, *models: str) -> float:
        """Build these models, and what a fit is read by; seconds."""
        began = time.monotonic()
        self._build(*models, "stg_identity__fits", "stg_identity__parameters")
        return time.monotonic() - began

    def _build(self, *models: str, but: str = "") -> None:
        target = self.folder / "target"
        said: list[str] = []
        code = run_dbt(
            self.settings,
            [
                *("build", "--select", *models),
                *(("--exclude", *but.split()) if but else ()),
                *("--exclude-resource-type", "test"),
                *("--exclude-resource-type", "unit_test"),
                *("--target-path", str(target)),
            ],
            output=said.append,
        )
        assert code == 0, "\n".join(said)
        ran = json.loads((target / "run_results.json").read_text())["results"]
        for result in ran:
            name = result["unique_id"].split(".")[2]
            step = next(step for step, names in STEPS.items() if name.startswith(names))
            self.seconds[step] += result["execution_time"]


def _splink(labelled: people.People, send: Connection) -> None:
    from benchmarks.splink_models import link

    warnings.filterwarnings("ignore", module="splink")
    limit = {"memory_limit": f"{SPLINK_GIGABYTES}GB"}
    began = time.monotonic()
    linked = link(labelled, duckdb.connect(config=limit))
    seconds = time.monotonic() - began
    own = linked.at(math.log2(linked.threshold / (1 - linked.threshold)))
    send.send((seconds, linked.at(0.0), own, linked.best(WEIGHTS)))


def compare(folder: Path, records: int) -> None:
    """The lines of the table for one size."""
    bench = Bench(folder, records)
    count = len(bench.people.table)
    with Memory(bench.settings.home) as memory:
        seconds, scores = bench.ours()
    _line(count, "ours", scores, seconds, memory)
    steps = ", ".join(f"{step} {took:.1f}" for step, took in bench.seconds.items())
    print(
        f"{bench.records:,} records with those that say nobody's name, mailbox or "
        f"telephone; seconds of models by step: {steps}",
        file=sys.stderr,
    )
    warehouse.stop(bench.settings)
    receive, send = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(
        target=_splink, args=(bench.people, send)
    )
    with Memory() as memory:
        process.start()
        send.close()
        seconds, at_half, own, (weight, best) = receive.recv()
        process.join()
    _line(count, "Splink at .5", at_half, seconds, memory)
    _line(count, "Splink at .95", own, seconds, memory)
    _line(count, f"Splink at its best, 2^{weight}", best, seconds, memory)


def _line(
    count: int, way: str, scores: PairScores, seconds: float, memory: Memory
) -> None:
    shares = " | ".join(
        f"{share:.4f}"
        for share in (scores.precision, scores.recall, scores.f1)
        if share is not None
    )
    print(
        f"| {count:,} | {way} | {shares} | {seconds:.0f} | {memory.gigabytes:.1f} "
        f"| {psutil.getloadavg()[0]:.1f} |",
        flush=True,
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.identity_scale")
    parser.add_argument(
        "--records", type=int, nargs="+", default=[20_000, 100_000, 1_000_000]
    )
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    print(machine("splink", "duckdb"), flush=True)
    print("| records | way | precision | recall | F1 | seconds | GB | load average |")
    print(f"|{'---|' * 8}", flush=True)
    for records in chosen.records:
        folder = Path(tempfile.mkdtemp(prefix="c360-benchmark-"))
        try:
            compare(folder, records)
        finally:
            warehouse.stop(Settings.from_env({"C360_HOME": str(folder / "home")}))
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
