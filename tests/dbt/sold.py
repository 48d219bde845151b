"""The true sales of generated files: what each system sold, and what it is worth."""

from __future__ import annotations

import csv
from bisect import bisect_right
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pandas as pd
from dbt_workplace import PROJECT

SELLING = ["csv", "dealer", "insights", "retail", "service", "shop", "stripe"]
ID = ["system", "source_transaction_id"]


def rate_to_usd() -> Callable[[str, str], Decimal]:
    """A currency's rate on a day, by the seed's own columns."""
    days: dict[str, list[str]] = {}
    rates: dict[str, list[Decimal]] = {}
    with (PROJECT / "seeds" / "exchange_rates.csv").open(newline="") as file:
        for row in sorted(csv.DictReader(file), key=lambda row: row["valid_from"]):
            days.setdefault(row["currency"], []).append(row["valid_from"])
            rates.setdefault(row["currency"], []).append(Decimal(row["rate_to_usd"]))
    return lambda currency, day: rates[currency][bisect_right(days[currency], day) - 1]


def read_truth(file: Path) -> pd.DataFrame:
    """The true sales by system and id, with what each is worth in dollars."""
    told = pd.read_csv(file, dtype=str, keep_default_na=False)
    rate = rate_to_usd()
    told["currency"] = told["currency"].str.upper()
    told["worth"] = [
        (Decimal(row.amount) * rate(row.currency, row.ordered_at[:10])).quantize(
            Decimal("0.0001"), ROUND_HALF_UP
        )
        for row in told.itertuples()
    ]
    # this tool knows of no order that is not confirmed
    unconfirmed = (told["system"] == "insights") & (told["status"] == "cancelled")
    told.loc[unconfirmed, "status"] = "abandoned"
    return told.rename(columns={"sale_id": ID[1]}).set_index(ID).sort_index()
