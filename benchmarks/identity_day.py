"""What a day of new records takes, and which customers it changes.

    python -m benchmarks.identity_day [--records 100000]

One record in a hundred comes a day after the others.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from benchmarks.identity_scale import GOLDEN, Bench
from benchmarks.watch import machine
from customer360 import warehouse
from customer360.settings import Settings

RESOLVED = "path:models/intermediate/identity+"
RECORDS = "intermediate.int_customer_records"
OF_THE_DAY = "hashtextextended(customer_record_key, 1) % 100 = 0"


class Days(Bench):
    """An estate of which a part is held back."""

    def hold_back(self) -> None:
        """Set the records of the second day aside."""
        self._build(*GOLDEN)
        self._execute(f"create table public.day as select * from {RECORDS} limit 0")
        self._execute(
            f"with held as (delete from {RECORDS} where {OF_THE_DAY} returning *) "
            "insert into public.day select * from held"
        )
        # nobody has been resolved yet, and nothing fitted
        for table in (
            *("customer_key_records", "customer_keys", "customer_key_history"),
            *("identity_fits", "identity_statistics"),
        ):
            self._execute(f"truncate ops.{table} cascade")

    def let_in(self) -> None:
        """Have them beside the others."""
        self._execute(f"insert into {RECORDS} select * from public.day")

    def resolve(self) -> tuple[float, Mapping[str, str]]:
        """Seconds from records to golden customers; record → customer."""
        seconds = self.build_timed(*(f"{models},{RESOLVED}" for models in GOLDEN))
        with warehouse.connect(self.settings, "admin") as connection:
            found = connection.execute(
                "select customer_record_key, customer_key "
                "from intermediate.int_identity__customers"
            )
            return seconds, dict(found.fetchall())

    def _execute(self, statement: str) -> None:
        with warehouse.connect(self.settings, "admin") as connection:
            connection.execute(statement)


def changed(
    before: Mapping[str, str], after: Mapping[str, str]
) -> tuple[int, int, int]:
    """Customers of the day before in all, those that a new record has come to, and
    those that changed though none has."""
    records, now = _by_customer(before), _by_customer(after)
    joined = {after[record] for record in after.keys() - before.keys()}
    with_new = without = 0
    for key, had in records.items():
        homes = {after[record] for record in had}
        if homes & joined:
            with_new += 1
        elif homes != {key} or now[key] != had:
            without += 1
    return len(records), with_new, without


def _by_customer(customers: Mapping[str, str]) -> dict[str, set[str]]:
    found = defaultdict(set)
    for record, key in customers.items():
        found[key].add(record)
    return found


def measure(folder: Path, records: int) -> None:
    """A line of the table."""
    days = Days(folder, records)
    days.hold_back()
    first, before = days.resolve()
    days.let_in()
    second, after = days.resolve()
    new = len(after) - len(before)
    cells = (len(before), new, *changed(before, after))
    counts = " | ".join(f"{cell:,}" for cell in cells)
    print(f"| {counts} | {first:.0f} | {second:.0f} |", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.identity_day")
    parser.add_argument("--records", type=int, nargs="+", default=[100_000])
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    print(machine(), flush=True)
    print(
        "| records | new | customers | with a new record | changed without "
        "| seconds | of the day |"
    )
    print(f"|{'---|' * 7}", flush=True)
    for records in chosen.records:
        folder = Path(tempfile.mkdtemp(prefix="c360-benchmark-"))
        try:
            measure(folder, records)
        finally:
            warehouse.stop(Settings.from_env({"C360_HOME": str(folder / "home")}))
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
