"""How long the generators take, for how many rows, and how much memory.

Each size is made in a process of its own, several times; the median counts. Say
with the figures what else the machine was doing: the load average is printed.

    .venv/bin/python benchmarks/generate.py --customers 5000 1000000 --runs 3
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def main() -> None:
    """Print a line for each size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, nargs="+", default=[5_000, 1_000_000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--systems", help="separated by commas; all without")
    parser.add_argument("--scratch", type=Path, help="folder for the files")
    arguments = parser.parse_args()

    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the beginning")
    print(
        f"{'customers':>10} {'seconds':>8} {'cpu s':>7} {'MB':>6} "
        f"{'files':>6} {'rows':>12} {'sales':>11} {'GB':>6}"
    )
    for customers in arguments.customers:
        runs = [
            _run(customers, arguments.systems, arguments.scratch)
            for _ in range(arguments.runs)
        ]
        seconds, cpu, memory = (
            statistics.median(run[name] for run in runs)
            for name in ("seconds", "cpu", "memory")
        )
        made = runs[0]
        print(
            f"{customers:>10,} {seconds:>8.1f} {cpu:>7.1f} {memory:>6.0f} "
            f"{made['files']:>6} {made['rows']:>12,} {made['sales']:>11,} "
            f"{made['bytes'] / 1e9:>6.2f}",
            flush=True,
        )


def _run(customers: int, systems: str | None, scratch: Path | None) -> dict[str, float]:
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        child = subprocess.run(
            [
                sys.executable,
                __file__,
                "--child",
                folder,
                str(customers),
                systems or "",
            ],
            check=True,
            capture_output=True,
            text=True,
        )
    return json.loads(child.stdout)


def _child(folder: Path, customers: int, systems: str) -> None:
    begin = time.perf_counter()
    from data_generators import generate

    made = generate(
        folder / "landing",
        folder / "truth",
        customers,
        systems=systems.split(",") if systems else None,
    )
    seconds = time.perf_counter() - begin
    used = resource.getrusage(resource.RUSAGE_SELF)
    with (made.truth_dir / "sales.csv").open("rb") as sales:
        sold = sum(1 for _ in sales) - 1
    print(
        json.dumps(
            {
                "seconds": seconds,
                "cpu": used.ru_utime + used.ru_stime,
                "memory": used.ru_maxrss / 1024,
                "files": len(made.rows),
                "rows": sum(made.rows.values()),
                "sales": sold,
                "bytes": sum(path.stat().st_size for path in made.rows),
            }
        )
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        _child(Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
    else:
        main()
