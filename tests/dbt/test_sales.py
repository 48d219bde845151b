"""No sale of any system lost, none counted twice: against the generators' truth."""

from __future__ import annotations

import csv
from bisect import bisect_right
from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pandas as pd
import pytest
from dbt_workplace import PROJECT, Workplace

from customer360.ingest import load_landing
from data_generators import generate
from data_generators.rates import read_rates
from data_generators.world import Options

SELLING = ["csv", "dealer", "insights", "retail", "service", "shop", "stripe"]
# every amount can be read, and every twentieth row comes once more
RATES = ["amount_unparseable=0", "transaction_resent=0.05"]
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


@pytest.fixture(scope="module")
def truth(workplace: Workplace) -> pd.DataFrame:
    """What was sold in files of three years and of ten days after them."""
    generate(
        workplace.settings.landing_dir,
        workplace.folder / "truth",
        2_000,
        until=date(2026, 6, 30),
        days=10,
        options=Options(rates=read_rates(RATES)),
    )
    return read_truth(workplace.folder / "truth" / "sales.csv")


@pytest.fixture(scope="module")
def found(workplace: Workplace, truth: pd.DataFrame) -> pd.DataFrame:
    """The transactions that dbt makes of the files, by system and id."""
    load_landing(workplace.settings)
    workplace.dbt("build", "--select", "+int_transactions", "--resource-type", "seed")
    workplace.dbt("run", "--select", "+int_transactions")
    return workplace.table("intermediate.int_transactions").set_index(ID).sort_index()


def test_all_systems_that_sell_are_looked_at(
    truth: pd.DataFrame, found: pd.DataFrame
) -> None:
    for sales in (truth, found):
        assert sorted(set(sales.index.get_level_values("system"))) == SELLING


def test_every_sale_is_there_once(truth: pd.DataFrame, found: pd.DataFrame) -> None:
    assert truth.index.is_unique
    assert found.index.is_unique
    assert truth.index.difference(found.index).empty
    # whoever looks at the insights tool's pages without buying has a session too
    others = found.loc[found.index.difference(truth.index)]
    assert set(others.index.get_level_values("system")) == {"insights"}
    assert set(others["status"]) == {"abandoned"}


@pytest.mark.parametrize("system", SELLING)
def test_completed_net_revenue_is_the_true_one(
    truth: pd.DataFrame, found: pd.DataFrame, system: str
) -> None:
    told = truth.loc[system].query("status == 'completed'")
    completed = found.loc[system].query("status == 'completed'")
    assert len(told) > 20
    assert len(completed) == len(told)
    assert completed["net_amount"].notna().all()
    assert completed["net_amount"].sum() == told["worth"].sum()


@pytest.mark.parametrize("system", SELLING)
def test_every_sale_is_what_it_was(
    truth: pd.DataFrame, found: pd.DataFrame, system: str
) -> None:
    told = truth.loc[system]
    sales = found.loc[system].loc[told.index]
    assert (sales["status"] == told["status"]).all()
    assert (sales["currency"] == told["currency"]).all()
    assert (sales["charged_amount"] == told["amount"].map(Decimal)).all()
    refunded = told["status"] == "refunded"
    assert (sales["net_amount"][refunded] == 0).all()
    assert (sales["net_amount"][~refunded] == told["worth"][~refunded]).all()
