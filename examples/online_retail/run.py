"""Run the pipeline on the UCI Online Retail file and check it against the literature.

    python examples/online_retail/run.py online_retail.csv.gz EXPORT_FOLDER

The file goes through the same DAG as any other, into a database of its own
(`embedded:///online_retail`, or the one that C360_DATABASE_URL names). Exit code 2
for a mistake, 1 where a figure is not the published one.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
from collections import Counter
from decimal import Decimal
from pathlib import Path

COHORT_2010_12 = (
    *(885, 324, 286, 340, 321, 352, 321),
    *(309, 313, 350, 331, 445, 235),
)
"""Customers whose first order fell in December 2010, and how many of them bought in
that month and each of the twelve that followed."""

PUBLISHED: dict[str, object] = {
    "lines in the file": 541_909,
    "lines sold to a known customer": 397_884,
    "customers who bought": 4_338,
    "orders": 18_532,
    "revenue": Decimal("8911407.90"),
    "cohort 2010-12, month by month": COHORT_2010_12,
}


def rows(folder: Path, mart: str) -> list[dict[str, str]]:
    """Read an exported mart, one dict per row."""
    with (folder / f"{mart}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def figures(folder: Path) -> tuple[dict[str, object], Counter[tuple[str, str]]]:
    """The figures of PUBLISHED in a folder of exports, and lines by what they count as.

    The counter's keys are (why a line is no revenue, or "sold"; whose it is).
    """
    lines: Counter[tuple[str, str]] = Counter()
    for line in rows(folder, "fct_transactions"):
        known = "unknown customer" if not line["customer_key"].strip("0") else "known"
        lines[line["exclusion_reason"] or "sold", known] += 1
    buyers = [row for row in rows(folder, "customer_360") if row["orders"] != "0"]
    cohort = sorted(
        (int(row["period_number"]), row["active_customers"])
        for row in rows(folder, "cohort_retention")
        if (row["period_type"], row["cohort_month"]) == ("calendar", "2010-12-01")
    )
    found = {
        "lines in the file": sum(lines.values()),
        "lines sold to a known customer": lines["sold", "known"],
        "customers who bought": len(buyers),
        "orders": sum(int(row["orders"]) for row in buyers),
        "revenue": sum(Decimal(row["revenue"]) for row in buyers).quantize(
            Decimal("0.01")
        ),
        "cohort 2010-12, month by month": tuple(
            int(active) for _, active in cohort if active
        ),
    }
    return found, lines


def run(file: Path, export: Path) -> int:
    """Run the pipeline on the file; returns the command's exit code."""
    environment = os.environ | {
        "C360_DATABASE_URL": os.environ.get("C360_DATABASE_URL")
        or "embedded:///online_retail"
    }
    with tempfile.TemporaryDirectory(prefix="online_retail_") as landing:
        # the name tells the loader which table it is for
        ending = ".csv.gz" if file.suffix == ".gz" else ".csv"
        (Path(landing) / f"online_retail{ending}").symlink_to(file.resolve())
        command = [
            *(sys.executable, "-m", "customer360.cli", "run"),
            *("--landing", landing, "--export", str(export)),
        ]
        return subprocess.run(command, env=environment, check=False).returncode


def main(arguments: list[str]) -> int:
    """Run, then compare each figure with the published one."""
    if len(arguments) != 2 or not all(arguments):
        print(
            "error: name the file and the folder for the exports: "
            "make online-retail FILE=online_retail.csv.gz EXPORT=folder",
            file=sys.stderr,
        )
        return 2
    file, export = map(Path, arguments)
    if not file.is_file():
        print(f"error: there is no file {file}", file=sys.stderr)
        return 2
    if code := run(file, export):
        return code
    found, lines = figures(export)
    for name, published in PUBLISHED.items():
        sign = "✓" if found[name] == published else "✗"
        print(f"{sign} {name}: {found[name]}, published {published}")
    for (reason, customer), count in sorted(lines.items()):
        print(f"  {count:>7,} lines {reason}, {customer}")
    return 0 if found == PUBLISHED else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
