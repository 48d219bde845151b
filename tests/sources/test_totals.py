"""Which of the amounts that a row of sales states is counted."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from customer360.sources import Choices, add_source
from customer360.sources.project import read_project
from customer360.sources.proposal import propose
from customer360.sources.render import render
from customer360.sources.sample import read_sample

from .conftest import MakeFile
from .project_copy import Copied

COMPUTED = "quantity * unit_price"


def counted(project: Copied, path: Path, column: str = "total") -> str:
    """What is the amount of a sale: what is computed, or a column that is declared
    to be the money of the file; its header in the raw table."""
    assert add_source(project, path, Choices(system="acme"), yes=True)
    [sources] = (project.project / "models/staging/acme").glob("*sources.yml")
    [table] = yaml.safe_load(sources.read_text())["sources"][0]["tables"]
    money = table["config"]["meta"].get("money")
    models = project.project / "models/intermediate/transactions"
    sold = (models / "int_transactions__acme.sql").read_text()
    assert (COMPUTED in sold) is (money is None)
    if money is None:
        assert 'gross_amount("line_amount"' in sold
        return COMPUTED
    assert f'gross_amount("{money}"' in sold
    staged = project.project / f"models/staging/acme/stg_acme__{table['name']}.sql"
    assert f'clean_text("{column}") }}}} as {money}_text' in staged.read_text()
    return column


@pytest.mark.parametrize("name", ["orders.csv", "sales.csv"])
def test_a_row_that_is_an_order_has_the_total_that_it_states(
    project: Copied, make_file: MakeFile, name: str
) -> None:
    path = make_file(
        name,
        "Order ID,Customer Email,Order Date,Quantity,Unit Price,Total,Status",
        "1001,ann@example.org,2026-03-05,2,10.00,15.00,paid",
        "1002,bob@example.org,2026-03-06,1,10.00,10.00,paid",
    )
    assert counted(project, path) == "total"


def test_a_row_without_an_order_has_the_total_that_it_states(
    project: Copied, make_file: MakeFile
) -> None:
    path = make_file(
        "tickets.csv",
        "Sold At,Product,Quantity,Unit Price,Total",
        "2026-03-05,Tea,2,10.00,15.00",
        "2026-03-05,Tea,2,10.00,15.00",
    )
    assert counted(project, path) == "total"


@pytest.mark.parametrize(
    ("totals", "what"),
    [
        (("25.00", "25.00", "7.00"), COMPUTED),
        (("25.00", "", "7.00"), COMPUTED),
        (("15.00", "10.00", "7.00"), "total"),
    ],
    ids=["in each line", "in the first line", "of the line"],
)
def test_the_total_of_a_line_is_its_own_where_the_lines_of_an_order_differ(
    project: Copied, make_file: MakeFile, totals: tuple[str, ...], what: str
) -> None:
    lines = ("1001,1,A,2,10.00", "1001,2,B,1,10.00", "1002,1,A,1,10.00")
    path = make_file(
        "orders.csv",
        "Order ID,Line No,SKU,Quantity,Unit Price,Total,Order Date",
        *(f"{a},{b},2026-03-05" for a, b in zip(lines, totals, strict=True)),
    )
    assert counted(project, path) == what


@pytest.mark.parametrize("headers", ["Order Total,Line Total", "Total,Line Amount"])
@pytest.mark.parametrize("priced", [",Quantity,Unit Price", ""])
def test_of_an_orders_total_and_the_lines_the_lines_counts(
    project: Copied, make_file: MakeFile, headers: str, priced: str
) -> None:
    prices = (",2,10.00", ",1,10.00") if priced else ("", "")
    path = make_file(
        "orders.csv",
        f"Order ID,Line No,Order Date,{headers}{priced}",
        f"1001,1,2026-03-05,25.00,15.00{prices[0]}",
        f"1001,2,2026-03-05,25.00,10.00{prices[1]}",
    )
    line = headers.rpartition(",")[2].lower().replace(" ", "_")
    assert counted(project, path, line) == line


def test_a_total_that_does_not_count_is_noted(
    project: Copied, make_file: MakeFile
) -> None:
    path = make_file(
        "orders.csv",
        "Order ID,Line No,Quantity,Unit Price,Total",
        "1001,1,2,10.00,25.00",
        "1001,2,1,5.00,25.00",
    )
    said = io.StringIO()
    console = Console(file=said, width=200)
    add_source(project, path, Choices(system="acme"), console=console)
    assert (
        "a line's amount is its quantity times its unit price: Total may be the whole "
        "order's"
    ) in said.getvalue()


@pytest.mark.parametrize(
    ("header", "totals", "said"),
    [
        ("Order Total", ("9.90", "9.90", "5.00", "5.00"), {}),
        ("Amount", ("9.90", "9.90", "5.00", "5.00"), None),
        ("Line Total", ("9.90", "9.90", "5.00", "5.00"), None),
        ("Order Total", ("5.00", "5.00", "5.00", "5.00"), None),
        ("Order Total", ("9.90", "9.90", "5.00", "7.00"), None),
        ("Order Total", ("9.90",) * 2 + ("5.00",) * 2, {"Order Total": "amount"}),
    ],
    ids=["total", "no total", "of a line", "one price", "differs", "a person says"],
)
def test_an_orders_total_counts_once_where_the_data_say_it(
    project: Copied,
    make_file: MakeFile,
    header: str,
    totals: tuple[str, ...],
    said: dict[str, str] | None,
) -> None:
    lines = zip("1122", "ABAB", totals, strict=True)
    path = make_file(
        "acme_orders.csv",
        f"Order No,SKU,Order Date,{header}",
        *(f"{order},{sku},2026-03-05,{total}" for order, sku, total in lines),
    )
    known = read_project(project)
    found = propose(read_sample(path), known, Choices(mapping=said or {}))
    once = any("counted once, with" in note for note in found.notes)
    assert once is (said == {})
    assert ("row_number()" in (render(found, known).transactions or "")) is once


def test_lines_of_woocommerce_are_known(project: Copied, make_file: MakeFile) -> None:
    path = make_file(
        "orders-2026-06-12-09-30-00.csv",
        "Order Number,Order Status,Order Date,Customer Note,First Name (Billing),"
        "Last Name (Billing),Company (Billing),Address 1&2 (Billing),City (Billing),"
        "State Code (Billing),Postcode (Billing),Country Code (Billing),"
        "Email (Billing),Phone (Billing),First Name (Shipping),Cart Discount Amount,"
        "Order Total Amount,SKU,Item #,Item Name,Quantity (- Refund),Item Cost",
        "17,Completed,2026-06-01 10:00,,Ann,Lee,,1 High St,Leeds,,LS1,GB,"
        "ann@example.org,+44 20 7946 0101,Ann,0,25.00,K-1,1,Tea,2,10.00",
        "17,Completed,2026-06-01 10:00,,Ann,Lee,,1 High St,Leeds,,LS1,GB,"
        "ann@example.org,+44 20 7946 0101,Ann,0,25.00,K-2,2,Cup,1,5.00",
    )
    known = read_project(project)
    found = propose(read_sample(path), known, Choices())
    assert (found.system, found.entity, found.kind) == (
        *("woocommerce", "order_lines"),
        "sales",
    )
    meant = {c.meaning: c.header for c in found.columns if c.meaning}
    assert meant == {
        "order_id": "Order Number",
        "status": "Order Status",
        "ordered_at": "Order Date",
        "given_name": "First Name (Billing)",
        "family_name": "Last Name (Billing)",
        "company": "Company (Billing)",
        "address": "Address 1&2 (Billing)",
        "city": "City (Billing)",
        "postcode": "Postcode (Billing)",
        "country": "Country Code (Billing)",
        "email": "Email (Billing)",
        "phone": "Phone (Billing)",
        "amount": "Order Total Amount",
        "product": "SKU",
        "quantity": "Quantity (- Refund)",
        "unit_price": "Item Cost",
    }
    # an order's total stands in each line: a line's amount is computed
    assert "quantity * unit_price" in (render(found, known).transactions or "")
    kept = {c.header: c.type for c in render(found, known).proposal.declared}
    assert kept["Cart Discount Amount"] == "number"


def test_sales_without_a_date_are_told(project: Copied, make_file: MakeFile) -> None:
    path = make_file(
        "acme_orders.csv",
        "Order No,Order Date,Amount",
        *("1,2026-03-05,5", "2,,6", "3,soon,7"),
        *(f"{n},2026-03-05,5" for n in range(4, 9)),
    )
    notes = propose(read_sample(path), read_project(project), Choices()).notes
    assert any(
        note.startswith("2 records of the sample have no date") for note in notes
    )
