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
from collections.abc import Iterator
from decimal import Decimal
from operator import itemgetter
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


def rows(folder: Path, mart: str, *columns: str) -> Iterator[tuple[str, ...]]:
    """Read columns of an exported mart, row by row."""
    with (folder / f"{mart}.csv").open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        header = next(reader)
        yield from map(itemgetter(*map(header.index, columns)), reader)


def figures(folder: Path) -> tuple[dict[str, object], Counter[tuple[str, str]]]:
    """The figures of PUBLISHED in a folder of exports, and lines by what they count as.

    The counter's keys are (why a line is no revenue, or "sold"; whose it is).
    """
    lines: Counter[tuple[str, str]] = Counter()
    for customer, reason in rows(
        folder, "fct_transactions", "customer_key", "exclusion_reason"
    ):
        known = "known" if customer.strip("0") else "unknown customer"
        lines[reason or "sold", known] += 1
    buyers = [
        (int(orders), Decimal(revenue))
        for orders, revenue in rows(folder, "customer_360", "orders", "revenue")
        if orders != "0"
    ]
    cohort = sorted(
        (int(period), active)
        for kind, month, period, active in rows(
            folder,
            "cohort_retention",
            *("period_type", "cohort_month", "period_number", "active_customers"),
        )
        if (kind, month) == ("calendar", "2010-12-01")
    )
    found = {
        "lines in the file": sum(lines.values()),
        "lines sold to a known customer": lines["sold", "known"],
        "customers who bought": len(buyers),
        "orders": sum(orders for orders, _ in buyers),
        "revenue": sum(revenue for _, revenue in buyers).quantize(Decimal("0.01")),
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
