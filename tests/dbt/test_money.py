"""Charges of nobody, in currencies and of days that no exchange rate covers."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest
from dbt_workplace import Workplace

from customer360.ingest import load_landing

CHARGES = {
    "ours": ("usd", 2024),
    "rated": ("gbp", 2024),
    "long after the last rate": ("gbp", 2098),
    "before the first rate": ("gbp", 2018),
    "unknown currency": ("xts", 2024),
    "no currency": (None, 2024),
}
WITHOUT_RATE = {"before the first rate", "unknown currency", "no currency"}


@pytest.fixture(scope="module")
def built(workplace: Workplace) -> Workplace:
    """One charge of 10 units of each of these currencies, in these years.

    Nobody has come yet, and matching is on, which is the default.
    """
    file = workplace.settings.landing_dir / "stripe" / "charges.jsonl"
    file.parent.mkdir(parents=True)
    with file.open("w") as lines:
        for charge, (currency, year) in CHARGES.items():
            day = int(datetime(year, 3, 5, tzinfo=UTC).timestamp())
            row = {"id": charge, "amount": 1000, "currency": currency, "created": day}
            lines.write(json.dumps(row | {"status": "succeeded"}) + "\n")
    load_landing(workplace.settings)
    workplace.dbt(
        *("build", "--exclude-resource-type", "test", "unit_test"),
        *("--select", "+fct_transactions"),
        *("+identity_review", "+bridge_customer_identities"),
    )
    return workplace


def test_a_charge_without_a_rate_is_neither_worth_nothing_nor_one_to_one(
    built: Workplace,
) -> None:
    sales = built.table("marts.fct_transactions").set_index("source_transaction_id")
    assert set(sales.index) == CHARGES.keys()
    assert set(sales["charged_amount"]) == {10}
    unrated = sales.loc[sorted(WITHOUT_RATE)]
    assert set(unrated["exclusion_reason"]) == {"no exchange rate"}
    assert (
        unrated[["gross_amount", "refund_amount", "net_amount"]].isna().all(axis=None)
    )
    assert not unrated["is_revenue"].any()
    assert sales["revenue"]["ours"] == 10
    assert sales["revenue"]["rated"] not in (0, 10)
    assert sales["revenue"]["long after the last rate"] not in (0, 10)


def test_the_build_warns(built: Workplace) -> None:
    tests = [
        "every_sale_has_an_exchange_rate",
        "exchange_rates_are_not_out_of_date",
        "no_sale_counts_without_an_exchange_rate",
    ]
    output = built.dbt("test", "--select", *tests)
    assert re.search("WARN 3 every_sale_has_an_exchange_rate", output), output
    assert re.search("WARN 1 exchange_rates_are_not_out_of_date", output), output
    assert re.search("PASS no_sale_counts_without_an_exchange_rate", output), output


def test_nobody_is_matched_where_there_is_nobody(built: Workplace) -> None:
    assert built.table("intermediate.int_customer_records").empty
    assert built.table("marts.identity_review").empty
    assert built.table("marts.bridge_customer_identities").empty
