"""Orders of customers who are known by name, and what they add up to."""

from __future__ import annotations

import os
import random
from pathlib import Path

import numpy as np
import pandas as pd

from customer360.settings import ROOT

DATA = Path(os.environ.get("C360_TEST_DATA") or ROOT.parent / "shared" / "data")
PUBLISHED_ORDERS = DATA / "rfm" / "orders.csv"
"""The orders behind a published table of RFM scores (MIT, R package rfm)."""


def orders() -> pd.DataFrame:
    """Orders: customer (a name), date, amount, email.

    The published ones where they are at hand, else some of the same kind.
    """
    if PUBLISHED_ORDERS.exists():
        read = pd.read_csv(PUBLISHED_ORDERS, parse_dates=["order_date"])
        read.columns = ["customer", "date", "amount", "email"]
        return read
    chance = random.Random(360)
    buyers = chance.choices([f"Buyer Number{number}" for number in range(200)], k=1000)
    return pd.DataFrame(
        {
            "customer": buyers,
            "date": chance.choices(pd.date_range("2002-01-01", "2006-12-30"), k=1000),
            "amount": [chance.randrange(10, 220) for _ in buyers],
            "email": [f"{name.split()[1]}@rfmail.com" for name in buyers],
        }
    )


def sales(bought: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """One row per customer who bought by `as_of`, as customer_sales has it."""
    past = bought[bought["date"] <= as_of]
    last_year = past["date"] > as_of - pd.Timedelta(days=365)
    found = (
        past.assign(
            is_recent=last_year, recent_amount=past["amount"].where(last_year, 0)
        )
        .groupby("customer")
        .agg(
            orders=("date", "size"),
            revenue=("amount", "sum"),
            orders_12m=("is_recent", "sum"),
            revenue_12m=("recent_amount", "sum"),
            first_order_date=("date", "min"),
            last_order_date=("date", "max"),
        )
    )
    found["days_since_last_order"] = (as_of - found["last_order_date"]).dt.days
    return found


def calendar_cohorts(
    bought: pd.DataFrame, as_of: pd.Timestamp
) -> dict[tuple[str, int], int]:
    """(month of the first order, months since) → customers who bought then."""
    past = bought[bought["date"] <= as_of]
    first = past.groupby("customer")["date"].transform("min").dt.to_period("M")
    months = past["date"].dt.to_period("M")
    period = (months.dt.year - first.dt.year) * 12 + months.dt.month - first.dt.month
    counts = past.groupby([first.astype(str), period])["customer"].nunique()
    return counts.to_dict()


def quintile_scores(values: pd.Series, *, reaching: bool = False) -> pd.Series:
    """One more than the number of quintiles that each value exceeds, or reaches."""
    numbers = values.astype(float).to_numpy()[:, None]
    quintiles = np.quantile(numbers, [0.2, 0.4, 0.6, 0.8])
    above = numbers >= quintiles if reaching else numbers > quintiles
    return pd.Series(1 + above.sum(axis=1), index=values.index)
