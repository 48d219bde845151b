"""Three exports that nobody has declared, from `add-source --yes` to the marts."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest
from pipeline.shop import Shop, open_shop
from structure import file_rules, manifest_rules

from customer360 import warehouse
from customer360.pipeline.manifest import read

from .exports import CONTACTS, EXAMPLES, FILES, LATER, OPTIONS, OTHERS
from .project_copy import copy_of_product

if TYPE_CHECKING:
    from tests.conftest import Work


class Extended:
    """A shop, and the product to whose copy the three exports were added."""

    def __init__(self, shop: Shop, product: Path) -> None:
        self.shop = shop
        self.product = product
        self.before = self.texts()

    def texts(self) -> dict[str, str]:
        project = self.product / "dbt_project"
        return {
            path.relative_to(project).as_posix(): path.read_text()
            for path in sorted(project.rglob("*"))
            if path.suffix in (".sql", ".yml", ".csv")
            and not {"target", "dbt_packages", "logs"} & set(path.parts)
        }

    def written(self) -> dict[str, str]:
        """The files that are new or have changed."""
        return {
            name: text
            for name, text in self.texts().items()
            if self.before.get(name) != text
        }

    def types(self, *words: str | Path) -> str:
        """Run a command of the copy; returns what it said."""
        environment = self.shop.environment(PYTHONPATH=str(self.product))
        done = subprocess.run(
            [sys.executable, "-m", "customer360.cli", *words],
            cwd=self.product,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
        return done.stdout

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with warehouse.connect(self.shop.settings, "admin") as connection:
            return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def extended(
    work: Work, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Extended]:
    product = copy_of_product(tmp_path_factory.mktemp("product"))
    with open_shop(work, tmp_path_factory.mktemp("shop")) as shop:
        made = Extended(shop, product)
        landing = shop.settings.landing_dir
        (landing / "hubspot").mkdir()
        (landing / "hubspot" / "Contacts.csv").write_text(CONTACTS)
        for system, name in FILES.values():
            said = made.types("add-source", EXAMPLES / name, "--yes")
            assert f"cp {EXAMPLES / name} {landing / system}/" in said
            # as the command says
            (landing / system).mkdir(exist_ok=True)
            (landing / system / name).write_bytes(
                (product / EXAMPLES / name).read_bytes()
            )
        for name, content in OTHERS.items():
            (landing / name).write_bytes(content)
            made.types("add-source", landing / name, "--yes", *OPTIONS.get(name, ()))
        for name, content in LATER.items():
            (landing / name).write_bytes(content)
        made.types("run")
        yield made


@pytest.mark.parametrize("table", FILES)
def test_every_row_of_a_file_is_staged(extended: Extended, table: str) -> None:
    path = extended.product / EXAMPLES / FILES[table][1]
    with path.open(newline="", encoding="utf-8") as file:
        records = list(csv.DictReader(file))
    assert extended.rows(
        "select rows_read, rows_quarantined, rows_current from published.load_summary "
        f"where table_name = '{table}'"
    ) == [(len(records), 0, len(records))]


def test_people_known_elsewhere_by_their_address_are_the_same_customer(
    extended: Extended,
) -> None:
    found = extended.rows(
        "select array_agg(system || ' ' || source_record_id order by system) "
        "from published.bridge_customer_identities "
        "where system in ('shopify', 'mailchimp', 'hubspot') group by customer_key"
    )
    assert sorted(records for (records,) in found) == [
        ["hubspot 501", "mailchimp a1b2c3d4e5", "shopify 7001000000001"],
        ["hubspot 502", "shopify 7001000000002"],
        ["hubspot 507", "mailchimp c3d4e5f6a7", "shopify 7001000000007"],
        ["mailchimp b2c3d4e5f6", "shopify 7001000000003"],
        ["mailchimp d4e5f6a7b8"],
        ["mailchimp e5f6a7b8c9"],
        ["shopify 7001000000004"],
        ["shopify 7001000000005"],
        ["shopify 7001000000006"],
        ["shopify 7001000000008"],
    ]


def test_what_the_files_say_of_people_is_read(extended: Extended) -> None:
    found = extended.rows(
        "select given_name, family_name, email, phone, address, postcode, city, "
        "country_code from published.dim_customers where family_name in "
        "('Endpaper', 'Frontispiece', 'Jacket') order by family_name"
    )
    assert found == [
        # the apostrophes are a spreadsheet's
        (
            *("Edda", "Endpaper", "edda.endpaper@example.org", "+493419460105"),
            *("Falzstr. 5", "04103", "Leipzig", "DE"),
        ),
        (
            *("Fergus", "Frontispiece", None, "+441314960106"),
            *("3 Plate Close", "EH1 9ZZ", "Edinburgh", "GB"),
        ),
        # two blanks stand between the parts of an address
        (
            *("Juno", "Jacket", "juno.jacket@example.com", None),
            *("40 Blurb Square", "BS1 9ZZ", "Bristol", "GB"),
        ),
    ]


def test_deals_that_are_won_are_sales_and_totals_of_customers_are_none(
    extended: Extended,
) -> None:
    sold = extended.rows(
        "select source_transaction_id, status, revenue, ordered_at::date::text, "
        "transactions.customer_key = bridge.customer_key "
        "from published.fct_transactions as transactions "
        "left join published.bridge_customer_identities as bridge "
        "on bridge.system = 'hubspot' and bridge.entity = 'contacts' "
        "and bridge.source_record_id = case source_transaction_id "
        "when '9100000001' then '501' when '9100000002' then '502' "
        "when '9100000003' then '507' when '9100000004' then '507' "
        "when '9100000005' then '507' end "
        "where transactions.system = 'hubspot' order by 1"
    )
    assert sold == [
        ("9100000001", "completed", Decimal(2400), "2026-03-18", True),
        ("9100000002", "completed", Decimal("1150.50"), "2026-04-02", True),
        ("9100000003", "cancelled", Decimal(0), "2026-04-30", True),
        # an open deal has no day on which it was sold
        ("9100000004", "pending", Decimal(0), None, True),
        ("9100000005", "completed", Decimal(320), "2026-05-11", True),
        ("9100000006", "pending", Decimal(0), None, None),
        ("9100000007", "completed", Decimal(640), "2026-06-09", None),
    ]
    assert extended.rows(
        "select system, sum(revenue) from published.fct_transactions "
        "where system in ('hubspot', 'shopify', 'mailchimp') group by system"
    ) == [("hubspot", Decimal("4510.50"))]
    spent = (
        "select sum(total_spent), sum(total_orders) from staging.stg_shopify__customers"
    )
    assert extended.rows(spent) == [(Decimal("2054.35"), 29)]


def test_lines_of_orders_and_the_people_who_bought(extended: Extended) -> None:
    assert extended.rows(
        "select source_order_id, count(distinct order_key), array_agg(product_id "
        "order by product_id), array_agg(distinct status), sum(quantity), "
        "sum(charged_amount), min(channel), min(currency), "
        "min(ordered_at)::date::text from published.fct_transactions "
        "where system = 'acme' group by 1 order by 1"
    ) == [
        (
            *("A-1", 1, ["K-1", "K-2"], ["completed"], 3, Decimal("29.85")),
            *("online", "EUR", "2026-03-25"),
        ),
        (
            *("A-2", 1, ["K-1"], ["refunded"], 1, Decimal("9.95")),
            *("online", "EUR", "2026-04-02"),
        ),
        (
            "A-3",
            1,
            ["K-3"],
            ["completed"],
            3,
            Decimal(3750),
            "online",
            "EUR",
            "2026-04-05",
        ),
    ]
    assert extended.rows(
        "select source_record_id, given_name, family_name, email, issued_id, "
        "updated_at::date::text from intermediate.int_customer_records "
        "where system = 'acme' and entity = 'web_order_lines' order by 1"
    ) == [
        (
            *("j.mueller@example.org", "Jürgen", "Müller", "j.mueller@example.org"),
            *(None, "2026-03-25"),
        ),
        (
            *("l.muster@example.com", "Lena", "Muster", "l.muster@example.com"),
            *(None, "2026-04-02"),
        ),
    ]
    bought = (
        "select count(*) from published.fct_transactions as transactions "
        "inner join published.bridge_customer_identities as bridge "
        "using (customer_key) where bridge.system = 'acme' "
        "and transactions.system = 'acme'"
    )
    assert extended.rows(bought) == [(3,)]


def test_rows_without_a_key_are_all_kept(extended: Extended) -> None:
    assert extended.rows(
        "select ordered_at::date::text, count(*), sum(charged_amount), min(currency) "
        "from published.fct_transactions where system = 'kiosk' group by 1 order by 1"
    ) == [
        ("2026-04-03", 2, Decimal(9), "EUR"),
        ("2026-04-05", 1, Decimal(3), "EUR"),
    ]


def test_an_id_is_the_same_with_and_without_a_spreadsheets_apostrophe(
    extended: Extended,
) -> None:
    assert extended.rows(
        "select client_id, city from staging.stg_depot__clients order by 1"
    ) == [("8001", "Hull"), ("8002", "York"), ("8003", "York")]
    assert extended.rows(
        "select rows_read, rows_quarantined, rows_current from published.load_summary "
        "where table_name = 'depot_clients'"
    ) == [(4, 0, 3)]


def test_a_total_that_all_lines_of_an_order_repeat_counts_once(
    extended: Extended,
) -> None:
    assert extended.rows(
        "select source_order_id, count(*), sum(revenue), count(*) filter "
        "(where revenue > 0) from published.fct_transactions "
        "where system = 'bazaar' group by 1 order by 1"
    ) == [
        ("1", 2, Decimal(25), 1),
        ("2", 2, Decimal(7), 1),
        ("3", 1, Decimal(3), 1),
    ]


def test_a_day_of_birth_may_lie_before_all_events(extended: Extended) -> None:
    assert extended.rows(
        "select order_id, product_id, birthday::date::text, is_birthday_malformed "
        "from staging.stg_bazaar__orders order by 1, 2"
    ) == [
        ("1", "A", "1948-02-03", False),
        ("1", "B", "1948-02-03", False),
        ("2", "A", None, True),
        # a later file, which guards its numbers from spreadsheets
        ("2", "B", "1971-01-01", False),
        ("3", "A", None, False),
    ]


def test_a_buyer_is_who_the_last_order_says_and_pays_what_it_states(
    extended: Extended,
) -> None:
    assert extended.rows(
        "select given_name, family_name from intermediate.int_customer_records "
        "where system = 'stall'"
    ) == [("Nora", "New")]
    assert extended.rows(
        "select source_transaction_id, charged_amount from published.fct_transactions "
        "where system = 'stall' order by 1"
    ) == [("10", Decimal(15)), ("9", Decimal(10))]


def test_objects_with_names_and_addresses_in_one_piece(extended: Extended) -> None:
    assert extended.rows(
        "select source_record_id, given_name, family_name, company, address, postcode, "
        "city, country_code, created_at::date::text "
        "from intermediate.int_customer_records where system = 'club' order by 1"
    ) == [
        (
            *("17", "Ada", "Lovelace", None, "12 High St", "LS1 4AP", "Leeds", "GB"),
            "2023-11-14",
        ),
        ("18", None, None, "Bolt & Nut Ltd", None, None, None, None, "2024-03-09"),
    ]


def test_what_is_neither_people_nor_sales_is_staged_and_nothing_more(
    extended: Extended,
) -> None:
    assert extended.rows(
        "select stock_id, on_hand, counted::date::text, grosse, column_order "
        "from staging.stg_acme__stock order by 1"
    ) == [
        ("K-1", 5, "2026-01-02", "XL", "1"),
        ("K-2", 7, "2026-01-03", "M", "2"),
    ]


def test_headers_that_are_no_names_are_staged_all_the_same(
    extended: Extended,
) -> None:
    [row] = extended.rows("select * from staging.stg_acme__odd where odd_id = '2'")
    assert {*"abcdefghiklmnp"} <= set(row)
    assert "bob@example.org" in row and False in row
    extra = extended.rows("select distinct _extra::text from raw.acme_odd")
    assert extra == [('{"column 17": "o"}',)]


def test_rows_and_money_are_reconciled(extended: Extended) -> None:
    found = extended.rows(
        "select system, subject, measure, amount_in, amount_out "
        "from published.reconciliation where step = 'staging to facts' "
        "and system in ('shopify', 'mailchimp', 'acme', 'kiosk', 'club') "
        "or step = 'staging to facts' and subject = 'deals' order by 1, 2, 3 desc"
    )
    assert [(*names, int(a * 100), int(b * 100)) for *names, a, b in found] == [
        ("acme", "odd", "rows", 200, 200),
        ("acme", "web_order_lines", "rows", 400, 400),
        ("club", "people", "rows", 200, 200),
        ("hubspot", "deals", "rows", 700, 700),
        ("hubspot", "deals", "money", 3_201_050, 3_201_050),
        ("kiosk", "tickets", "rows", 300, 300),
        ("kiosk", "tickets", "money", 1200, 1200),
        ("mailchimp", "members", "rows", 500, 500),
        ("shopify", "customers", "rows", 800, 800),
    ]


def test_the_rules_of_the_house_hold(extended: Extended) -> None:
    broken = [
        line
        for rule in file_rules.RULES.values()
        for name, text in extended.written().items()
        for line in rule(PurePosixPath(name), text)
    ]
    manifest = read(extended.shop.target / "manifest.json")
    assert "model.customer360.stg_mailchimp__members" in manifest["nodes"]
    broken += [
        line for rule in manifest_rules.RULES.values() for line in rule(manifest)
    ]
    assert broken == []


def test_the_linter_finds_nothing(extended: Extended) -> None:
    names = [
        f"dbt_project/{name}"
        for name in extended.written()
        if name.endswith(".sql") and name.startswith("models/")
    ]
    assert len(names) >= 7
    done = subprocess.run(
        [Path(sys.executable).with_name("sqlfluff"), "lint", *names],
        cwd=extended.product,
        env=os.environ | {"PYTHONPATH": str(extended.product)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_same_file_again_is_taken_already(extended: Extended) -> None:
    before = extended.texts()
    for _, name in FILES.values():
        done = subprocess.run(
            [sys.executable, "-m", "customer360.cli", "add-source", EXAMPLES / name],
            cwd=extended.product,
            env=extended.shop.environment(PYTHONPATH=str(extended.product)),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 2
        assert f"error: {name} needs no declaration: raw." in done.stderr
    assert extended.texts() == before
