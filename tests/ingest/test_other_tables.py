"""A file whose name stands for one table, and whose columns for another."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from itertools import permutations

import pytest

from customer360 import ingest
from customer360.errors import UserError
from customer360.ingest.declarations import DeclaredTable, normalised
from customer360.ingest.fit import clearly_of_another
from customer360.settings import Settings

from .shop import Shop

TABLES = ingest.declared_tables(Settings.from_env())
PAIRS = list(permutations(TABLES, 2))
"""The table that a file's name stands for, and another one."""

NOT_TOLD_APART = {
    # product_name may as well be what the one column is called now
    ("retail_products", "shop_products"),
    ("shop_products", "retail_products"),
}

SHOP = "CustomerID,Name,Email,Address\n1,Ann Lee,a@x.org,1 Main Street\n"


def headers(table: DeclaredTable) -> dict[str, str]:
    """The header of the table's files, by what counts of each name."""
    return {normalised(column.header): column.header for column in table.columns}


def alike() -> Iterator[tuple[DeclaredTable, DeclaredTable]]:
    """The pairs that have several columns in common."""
    for named, other in PAIRS:
        if len(headers(named).keys() & headers(other).keys()) > 1:
            yield named, other


def whose(named: DeclaredTable, header: Collection[str]) -> str | None:
    """The other table that a file with this header is said to be of."""
    if named.format == "csv":
        sample = ",".join(header)
    else:
        sample = json.dumps(dict.fromkeys(header, "1"))
    others = [table for table in TABLES if table is not named]
    other = clearly_of_another(f"{sample}\n".encode(), named, others)
    return other and other.name


def test_the_header_of_another_table_is_told_under_every_name() -> None:
    told = {
        (named.name, other.name): whose(named, headers(other).values())
        for named, other in PAIRS
    }
    assert {pair for pair, table in told.items() if table != pair[1]} == NOT_TOLD_APART


def test_a_table_has_its_own_header_and_what_becomes_of_it() -> None:
    for named in TABLES:
        own = list(headers(named).values())
        for header in (own, *(own[:k] + own[k + 1 :] for k in range(len(own)))):
            assert whose(named, header) is None, (named.name, header)
    for named, other in alike():
        own = list(headers(named).values())
        for name, column in headers(other).items():
            if name not in headers(named):
                assert whose(named, [*own[1:], column]) is None, (named.name, column)


def test_a_column_that_only_the_named_table_has_decides_for_it() -> None:
    for named, other in alike():
        only = [headers(named)[k] for k in headers(named) if k not in headers(other)]
        if only:
            mixed = [only[0], *headers(other).values()]
            assert whose(named, mixed) is None, (named.name, mixed)


def test_most_of_the_other_header_with_its_key_is_enough() -> None:
    named = next(table for table in TABLES if table.name == "csv_customers")
    loyalty = ["LoyaltyID", "CustomerID", "PointsEarned", "TierLevel", "JoinDate"]
    assert whose(named, loyalty) == "loyalty_accounts"
    assert whose(named, [*loyalty[:4], "Branch"]) == "loyalty_accounts"
    assert whose(named, loyalty[:3]) is None
    assert whose(named, loyalty[1:]) is None


@pytest.mark.parametrize("mode", ["append", "overwrite"])
def test_a_file_of_another_table_fails_and_harms_no_other(
    database: Settings, mode: str
) -> None:
    shop = Shop(database)  # type: ignore[arg-type]
    shop.write("csv_customers.csv", "customer_id,email\n1,a@x.org\n")
    shop.write("Stores.csv", "StoreID,Location\n1,Rome\n")
    ingest.load_landing(database)
    shop.write("csv_customers_copy.csv", SHOP)
    shop.write("Stores.csv", "StoreID,Location\n2,Oslo\n")
    with pytest.raises(UserError) as error:
        ingest.load_landing(database, mode=mode)
    assert (
        "csv_customers_copy.csv has the columns of raw.shop_customers, not of "
        "raw.csv_customers: if it belongs there, save it as shop/Customers*.csv"
    ) in str(error.value)
    assert shop.filled_tables() == {"csv_customers", "shop_stores"}
    assert shop.query("select customer_id, email, _extra from raw.csv_customers") == [
        ("1", "a@x.org", None)
    ]
    assert ("2",) in shop.query("select store_id from raw.shop_stores")

    (shop.landing / "csv_customers_copy.csv").rename(shop.landing / "Customers_2.csv")
    ingest.load_landing(database)
    assert shop.query("select customer_id, name from raw.shop_customers") == [
        ("1", "Ann Lee")
    ]
