"""Messy customer data with a truth file: same arguments, same bytes.

`population` and `purchases` make people and what they do; each system then has
modules of its own, `<system>_<file>.py`, that show its picture of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from customer360.errors import UserError

if TYPE_CHECKING:
    from rich.console import Console

    from data_generators.mess import MessRates
    from data_generators.population import PopulationRates
    from data_generators.purchases import PurchaseProcess

CUSTOMERS_FILE = "csv_customers.csv"
TRANSACTIONS_FILE = "csv_transactions.csv"
TRUTH_FILE = "records.csv"
TRUTH_COLUMNS = ("system", "entity", "record_id", "person_id")

_YEARS = range(1975, 2201)


@dataclass(frozen=True)
class Generated:
    """What was written."""

    customers_path: Path
    customer_rows: int
    customer_records: int
    """Different customer_ids."""
    persons: int
    transactions_path: Path
    transaction_rows: int
    transactions: int
    """Different transaction_ids."""
    truth_path: Path


def generate(
    landing_dir: Path,
    truth_dir: Path,
    customer_records: int = 5000,
    seed: int = 360,
    until: date = date(2026, 6, 30),
    console: Console | None = None,
    *,
    rates: MessRates | None = None,
    population_rates: PopulationRates | None = None,
    purchase_process: PurchaseProcess | None = None,
) -> Generated:
    """Write the `csv` system's two files, and apart from them the truth.

    `landing_dir` gets csv_customers.csv with `customer_records` rows and
    csv_transactions.csv; `truth_dir` gets records.csv (system, entity, record_id,
    person_id), one row a customer_id. Files of these names are replaced, nothing
    else in the folders is touched. The data cover the three years up to and
    including `until`.

    The bytes depend on the arguments alone (and on the installed Faker's words).
    Raises UserError for arguments out of range and folders it can't write to.
    """
    if customer_records < 1:
        raise UserError("The number of customer records must be 1 or more.")
    if seed < 0:
        raise UserError("The seed must be 0 or more.")
    if until.year not in _YEARS:
        raise UserError(
            f"The last day must lie in the years {_YEARS[0]} to {_YEARS[-1]}."
        )

    from data_generators import csv_customers, csv_transactions
    from data_generators.draws import Streams
    from data_generators.files import csv_files
    from data_generators.mess import MessRates
    from data_generators.population import PopulationRates
    from data_generators.purchases import PurchaseProcess, make_purchases
    from data_generators.season import Season

    rates = rates or MessRates()
    streams, season = Streams(seed), Season(until)
    population, customers = csv_customers.make_customers(
        customer_records, streams, season, population_rates or PopulationRates(), rates
    )
    purchases = make_purchases(
        population, streams, season, purchase_process or PurchaseProcess()
    )
    transactions = csv_transactions.make_transactions(
        customers, purchases, streams, rates
    )

    paths = (
        landing_dir / CUSTOMERS_FILE,
        landing_dir / TRANSACTIONS_FILE,
        truth_dir / TRUTH_FILE,
    )
    headers = (csv_customers.COLUMNS, csv_transactions.COLUMNS, TRUTH_COLUMNS)
    with csv_files(dict(zip(paths, headers, strict=True))) as files:
        customer_file, transaction_file, truth_file = files
        customer_file.write(customers.columns.values())
        for batch in transactions.batches():
            transaction_file.write(batch)
        truth_file.write(customers.truth())

    result = Generated(
        customers_path=paths[0],
        customer_rows=customer_records,
        customer_records=len(customers.records),
        persons=len(population),
        transactions_path=paths[1],
        transaction_rows=len(transactions.row_order),
        transactions=transactions.transactions,
        truth_path=paths[2],
    )
    if console is not None:
        _tell(console, result, until)
    return result


def _tell(console: Console, result: Generated, until: date) -> None:
    def line(rows: int, what: str, path: Path) -> None:
        console.print(f"  [bold]{rows:>11,}[/] {what}", highlight=False)
        console.print(f"              {path}", style="dim", soft_wrap=True)

    console.print(f"Messy customer data up to {until}:", highlight=False)
    line(
        result.customer_rows,
        f"customer rows: {result.customer_records:,} records of "
        f"{result.persons:,} persons",
        result.customers_path,
    )
    line(
        result.transaction_rows,
        f"transaction rows: {result.transactions:,} transactions",
        result.transactions_path,
    )
    line(
        result.customer_records,
        "records in the truth file: who is who, for evaluation only",
        result.truth_path,
    )
