r"""Time the loader against psql's \copy of the same file into the same table.

    python -m benchmarks.load [--runs 5] [--rows 2000000] [--faults 200]
    python -m benchmarks.load --runs 0 --large 1 5

Every load starts from an empty table and is checked to the last row: what is bad is
set aside with its line, and nothing else. All share one embedded PostgreSQL, which
lives in a temporary folder and goes with it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from benchmarks.watch import machine, settings_in
from customer360 import ingest, warehouse
from customer360.settings import ROOT, Settings
from customer360.warehouse import binaries

TABLE = "csv_customers"
HEADER = (
    b"customer_id,first_name,last_name,email,phone,address,city,country,created_at\n"
)

# loads a file in a process of its own, which tells what that took
ALONE = """
import json, sys, time
from benchmarks.load import TABLE, peak_megabytes
from customer360 import ingest
from customer360.settings import Settings
file = ingest.LandingFile(sys.argv[1], "customers.csv", TABLE)
began = time.monotonic()
[result] = ingest.load_files(Settings.from_env(), [file], batch_id=1)
seconds = time.monotonic() - began
assert result.state == "loaded", result.message
print(json.dumps([seconds, peak_megabytes()]))
"""


@dataclass(frozen=True)
class Load:
    """What one load took, and the load average when it was done."""

    seconds: float
    megabytes: float
    average: float


class Bench:
    """A server, its table, and the ways into it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = settings_in(folder)
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("C360_", "PG"))
        }
        self.environment = kept | {
            "C360_HOME": str(self.settings.home),
            "C360_DATABASE_URL": self.settings.database_url,
            "PYTHONPATH": str(ROOT),
        }
        warehouse.ensure_ready(self.settings)
        ingest.create_declared_tables(self.settings)
        with warehouse.connect(self.settings, "admin") as connection:
            # \copy numbers no records
            connection.execute(
                f"alter table raw.{TABLE} alter column _row_number set default 1"
            )

    def copy(self, path: Path, rows: int) -> Load:
        r"""By psql's \copy."""
        self._empty()
        columns = HEADER.decode().strip()
        lineage = "-c c360.source_file=customers.csv -c c360.batch_id=1"
        began = time.monotonic()
        subprocess.run(
            [
                *(binaries.program("psql"), "--no-psqlrc", "--quiet"),
                *("--set", "ON_ERROR_STOP=1", "--command"),
                f"\\copy raw.{TABLE} ({columns}) from '{path}' (format csv, header)",
            ],
            env=self.environment
            | warehouse.client_environment(self.settings, "loader")
            | {"PGOPTIONS": lineage},
            check=True,
        )
        seconds = time.monotonic() - began
        assert self._value(f"select count(*) from raw.{TABLE}") == rows
        return Load(seconds, 0, psutil.getloadavg()[0])

    def load(self, path: Path, rows: int, bad: set[int]) -> Load:
        """By the loader, in a process of its own; accounts for every record."""
        self._empty()
        said = subprocess.run(
            [sys.executable, "-c", ALONE, path],
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout
        average = psutil.getloadavg()[0]
        lines = self._value("select array_agg(line_number) from ops.quarantine")
        assert sorted(lines or []) == sorted(number + 1 for number in bad)
        good = rows - len(bad)
        assert self._value(
            "select array[count(*), sum(_row_number), count(*) filter (where "
            f"customer_id = 'C-' || lpad(_row_number::text, {DIGITS}, '0'))]::bigint[] "
            f"from raw.{TABLE}"
        ) == [good, rows * (rows + 1) // 2 - sum(bad), good]
        return Load(*json.loads(said), average)

    def _empty(self) -> None:
        with warehouse.connect(self.settings, "admin", autocommit=True) as connection:
            connection.execute(
                f"truncate raw.{TABLE}, ops.quarantine, ops.load_manifest"
            )
            connection.execute("checkpoint")

    def _value(self, query: str) -> Any:
        with warehouse.connect(self.settings, "admin") as connection:
            [[value]] = connection.execute(query).fetchall()
            return value


def peak_megabytes() -> float:
    """The most memory that this process has had."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


# ---- files ---------------------------------------------------------------

CHUNK = 50_000
DIGITS = 9
"""Of a record's number, which is its customer_id and tells it from all others."""

FIRST = ("Anna", "Bob", "Élodie", "Fatima", "Jürgen", "Kazuo", "Łucja", "Maria", "Zoë")
LAST = ("Smith", "Müller", "García", "Dubois", "Tanaka", "O'Neil", "McDonald", "Nowak")
CITIES = ("Rome", "Paris", "London", "New York", "San José", "Zürich", "Oslo", "Łódź")


class People:
    """Records of people, one in five with a quoted field; but for their numbers they
    come again after some thousands."""

    def __init__(self) -> None:
        lines = [line.encode() for line in _lines(random.Random(1))]
        self._text = np.frombuffer(b"".join(lines), dtype=np.uint8).copy()
        self._ends = np.cumsum([len(line) for line in lines])
        self._numbers = self._ends - [len(line) for line in lines] + len("C-")

    def chunk(self, first: int, count: int = CHUNK) -> bytes:
        """So many records with consecutive numbers, each with its line end."""
        numbers = np.arange(first, first + CHUNK)
        for place in reversed(range(DIGITS)):
            numbers, digits = np.divmod(numbers, 10)
            self._text[self._numbers + place] = digits + ord("0")
        return self._text[: self._ends[count - 1]].tobytes()


def _lines(chance: random.Random) -> Iterator[str]:
    for k in range(CHUNK):
        given, city = chance.choice(FIRST), chance.choice(CITIES)
        address = f"{chance.randrange(999)} Main Street"
        if k % 5 == 0:
            address = f'"{address}, Apt {chance.randrange(30)}"'
        yield (
            f"C-{'0' * DIGITS},{given},{chance.choice(LAST)},"
            f"{given.lower()}.{chance.randrange(10**9)}@example.org,"
            f"+49{chance.randrange(10**9)},{address},{city},DE,"
            f"2024-0{chance.randrange(1, 10)}-17 10:22:33\n"
        )


def write(path: Path, rows: int, faults: int = 0) -> set[int]:
    """A file of that many records; returns which of them are bad."""
    people = People()
    bad = set(random.Random(2).sample(range(1, rows + 1), faults))
    with path.open("wb") as file:
        file.write(HEADER)
        for first in range(1, rows + 1, CHUNK):
            count = min(CHUNK, rows + 1 - first)
            chunk = people.chunk(first, count)
            if here := bad.intersection(range(first, first + count)):
                lines = chunk.splitlines()
                for number in here:
                    lines[number - first] = _spoilt(lines[number - first], number)
                chunk = b"\n".join(lines) + b"\n"
            file.write(chunk)
    return bad


def write_large(path: Path, size: int) -> tuple[int, set[int]]:
    """A file of about that size, in which a quote is opened and never closed in the
    middle and at the end; returns its records, and which of them are bad."""
    people = People()
    first, bad = 1, set()
    with path.open("wb") as file:
        file.write(HEADER)
        while file.tell() < size:
            chunk = people.chunk(first)
            if not bad and file.tell() >= size // 2:
                # no later record closes it by accident
                chunk = chunk.replace(b'"', b"").replace(b", Apt", b" Apt")
                opened, line_end, rest = chunk.partition(b"\n")
                chunk = _never_closed(opened) + line_end + rest
                bad.add(first)
            file.write(chunk)
            first += CHUNK
        file.write(b'C-%0*d,"never closed' % (DIGITS, first))
        bad.add(first)
    return first, bad


def _never_closed(line: bytes) -> bytes:
    name = line.index(b",") + 1
    return line[:name] + b'"' + line[name:]


def _spoilt(line: bytes, number: int) -> bytes:
    name = line.index(b",") + 1
    return [
        _never_closed(line),
        line.rsplit(b",", 1)[0],
        line + b",more",
        line[:name] + b"\0" + line[name:],
        line[:name] + b"\xff" + line[name:],
        line[:name] + b'"a"b' + line[name:],
        b" " + line[name - 1 :],
        line + b"x" * (1 << 20),
    ][number % 8]


# ---- rounds --------------------------------------------------------------


def compare(bench: Bench, rows: int, faults: int, runs: int) -> None:
    """Each way once a round, so that all meet the same machine."""
    clean, faulty = bench.folder / "clean.csv", bench.folder / "faulty.csv"
    write(clean, rows)
    bad = write(faulty, rows, faults)
    ways = {
        "\\copy": lambda: bench.copy(clean, rows),
        "loader": lambda: bench.load(clean, rows, set()),
        f"loader, {faults} faults": lambda: bench.load(faulty, rows, bad),
    }
    measured: dict[str, list[Load]] = {name: [] for name in ways}
    for _ in range(runs):
        for name, way in ways.items():
            load = way()
            measured[name].append(load)
            print(f"{name}: {load.seconds:.1f} s", flush=True)
    size = clean.stat().st_size / 1e6
    print(f"{rows:,} rows, {size:,.0f} MB, {runs} rounds")
    copied, loaded, _ = measured.values()
    print("| way | seconds | speed to \\copy | time to clean | MB | load average |")
    print(f"|{'---|' * 6}")
    for name, loads in measured.items():
        cells = [
            f"{statistics.median(load.seconds for load in loads):.1f}",
            f"{_ratio(copied, loads):.2f}",
            f"{_ratio(loads, loaded):.2f}" if loads is not copied else "",
            f"{max(load.megabytes for load in loads):.0f}"
            if loads is not copied
            else "",
            f"{statistics.median(load.average for load in loads):.1f}",
        ]
        print(f"| {name} | {' | '.join(cells)} |")


def _ratio(ones: list[Load], others: list[Load]) -> float:
    """Of their seconds, each against that of its own round."""
    return statistics.median(
        one.seconds / other.seconds for one, other in zip(ones, others, strict=True)
    )


def load_large(bench: Bench, sizes: list[float]) -> None:
    """A large file for each size in GB, with quotes that are never closed."""
    print("| file | rows | set aside | seconds | MB | load average |")
    print(f"|{'---|' * 6}")
    path = bench.folder / "large.csv"
    for size in sizes:
        rows, bad = write_large(path, int(size * 1e9))
        load = bench.load(path, rows, bad)
        print(
            f"| {path.stat().st_size / 1e9:.1f} GB | {rows:,} | {len(bad)} "
            f"| {load.seconds:.0f} | {load.megabytes:.0f} | {load.average:.1f} |",
            flush=True,
        )
        path.unlink()


def main() -> None:
    """Compare the ways in rounds, then load the large files."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--large", type=float, nargs="*", default=[], metavar="GB")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    print(machine(), flush=True)
    folder = Path(tempfile.mkdtemp(prefix="c360-benchmark-"))
    try:
        bench = Bench(folder)
        if chosen.runs:
            compare(bench, chosen.rows, chosen.faults, chosen.runs)
        if chosen.large:
            load_large(bench, chosen.large)
    finally:
        warehouse.stop(Settings.from_env({"C360_HOME": str(folder / "home")}))
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
