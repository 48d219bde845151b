"""All systems together: every record and every sale is what the truth tells."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from .files import cents, delivered, deliveries, read
from .resolver import email_key

# system and entity in the truth, and the file and the column that hold their ids
SALES = {
    ("csv", "transactions"): ("csv_transactions.csv", "transaction_id"),
    ("shop", "online_transactions"): ("shop/OnlineTransactions.csv", "OrderID"),
    ("shop", "in_store_transactions"): (
        "shop/InStoreTransactions.csv",
        "TransactionID",
    ),
    ("retail", "transactions"): ("retail/transactions.json", "transaction_id"),
    ("insights", "sessions"): ("insights/Customer360Insights.csv", "CustomerID"),
    ("insights", "purchases"): (
        "insights/customer_transactions_final.csv",
        "customer_id",
    ),
    ("dealer", "vehicle_sales"): ("dealer/vehicle_sales.csv", "sale_id"),
    ("service", "records"): ("service/service_records.csv", "service_id"),
    ("service", "parts_orders"): ("service/parts_orders.csv", "order_id"),
    ("stripe", "charges"): ("stripe/charges.jsonl", "id"),
}

RECORDS = {
    ("csv", "customers"): ("csv_customers.csv", "customer_id"),
    ("salesforce", "contacts"): ("salesforce/contacts.json", "Id"),
    ("salesforce", "leads"): ("salesforce/leads.json", "Id"),
    ("dynamics", "contacts"): ("dynamics/contacts.json", "contactid"),
    ("shop", "customers"): ("shop/Customers.csv", "CustomerID"),
    ("insights", "sessions"): ("insights/Customer360Insights.csv", "CustomerID"),
    ("insights", "purchases"): (
        "insights/customer_transactions_final.csv",
        "customer_id",
    ),
    ("retail", "customers"): ("retail/customers.json", "customer_id"),
    ("dealer", "customers"): ("dealer/dealership_customers.csv", "customer_id"),
    ("stripe", "customers"): ("stripe/customers.jsonl", "id"),
    ("hubspot", "contacts"): ("hubspot/contacts.csv", "contact_id"),
}


def person_of(records: pd.DataFrame, system: str, entity: str) -> pd.Series:
    mine = records[(records["system"] == system) & (records["entity"] == entity)]
    return mine.set_index("record_id")["person_id"]


class TestTruth:
    def test_knows_every_record_once(
        self, landing: Path, records: pd.DataFrame
    ) -> None:
        assert not records.duplicated(["system", "entity", "record_id"]).any()
        found: dict[tuple[str, str], set[str]] = {
            entity: set(delivered(landing, file)[key])
            for entity, (file, key) in RECORDS.items()
        }
        for entity, file, given in (
            (("digital", "interactions"), "digital/interactions.csv", "customer_id"),
            (("digital", "ga4_users"), "digital/ga4_events.jsonl", "user_id"),
            (("marketing", "touches"), "marketing/touches.csv", "user_id"),
        ):
            rows = delivered(landing, file)
            email = rows["email"].str.strip().str.lower()
            known = (email != "") | ((rows[given] != "") & (given == "user_id"))
            found[entity] = set((rows[given] + "|" + email)[known])
        events = delivered(landing, "marketing/email_events.csv")
        found["marketing", "email_events"] = set(
            events["email"].str.strip().str.lower()
        )
        told = records.groupby(["system", "entity"])["record_id"].agg(set).to_dict()
        assert set(told) == set(found)
        for entity, ids in found.items():
            assert told[entity] == ids, entity

    def test_ids_of_one_system_are_used_by_those_around_it(
        self, landing: Path, records: pd.DataFrame
    ) -> None:
        for entity, files in {
            ("shop", "customers"): (
                "shop/OnlineTransactions.csv",
                "shop/InStoreTransactions.csv",
                "loyalty/LoyaltyAccounts.csv",
                "support/CustomerServiceInteractions.csv",
                "digital/interactions.csv",
            ),
            ("dealer", "customers"): (
                "dealer/vehicle_sales.csv",
                "dealer/vehicle_ownership.csv",
                "dealer/financing.csv",
                "service/service_records.csv",
                "service/appointments.csv",
                "service/warranty_claims.csv",
                "service/parts_orders.csv",
            ),
            ("salesforce", "contacts"): ("salesforce/opportunities.json",),
            ("stripe", "customers"): (
                "stripe/charges.jsonl",
                "stripe/subscriptions.jsonl",
            ),
            ("retail", "customers"): ("retail/transactions.json",),
        }.items():
            known = person_of(records, *entity).index
            for file in files:
                rows = delivered(landing, file)
                columns = {name.lower().replace("_", ""): name for name in rows}
                for name in ("customerid", "customer", "contactid"):
                    if name in columns:
                        used = rows[columns[name]]
                unknown = used[(used != "") & ~used.isin(known)]
                assert len(unknown) <= 0.012 * len(used), file
                assert unknown.nunique() <= 1, file
                assert used.isin(known).sum() > 20, file

    def test_people_are_in_several_systems(self, records: pd.DataFrame) -> None:
        systems = records.groupby("person_id")["system"].nunique()
        assert (systems > 1).mean() > 0.7
        assert systems.max() >= 7
        # and some are in the extract only, some never in it
        csv = set(records[records["system"] == "csv"]["person_id"])
        assert 0.1 < (~records["person_id"].drop_duplicates().isin(csv)).mean() < 0.4

    def test_duplicates_come_at_their_rates(self, records: pd.DataFrame) -> None:
        for (system, entity), rate in {
            ("salesforce", "contacts"): 0.10,
            ("shop", "customers"): 0.06,
            ("dealer", "customers"): 0.06,
        }.items():
            person = person_of(records, system, entity)
            again = 1 - person.nunique() / len(person)
            assert again == pytest.approx(rate, abs=0.035)

    def test_contact_data_leads_back_to_the_person(
        self, landing: Path, records: pd.DataFrame
    ) -> None:
        """Most e-mails of two systems that are one mailbox are one person's."""
        shop_person = person_of(records, "shop", "customers")
        known: dict[str, str] = {}
        for row in delivered(landing, "shop/Customers.csv").itertuples():
            if (key := email_key(row.Email)) is not None:
                known[key] = shop_person[row.CustomerID]
        for file, column, key, entity in (
            ("hubspot/contacts.csv", "email", "contact_id", ("hubspot", "contacts")),
            ("salesforce/contacts.json", "Email", "Id", ("salesforce", "contacts")),
            ("stripe/customers.jsonl", "email", "id", ("stripe", "customers")),
            ("csv_customers.csv", "email", "customer_id", ("csv", "customers")),
        ):
            person = person_of(records, *entity)
            rows = delivered(landing, file)
            mailbox = rows[column].map(email_key)
            both = mailbox.isin(known)
            assert both.sum() > 50
            same = mailbox[both].map(known) == rows[key][both].map(person)
            assert same.mean() > 0.96, file


class TestSales:
    @pytest.mark.parametrize(("entity", "place"), SALES.items())
    def test_are_what_the_truth_says(
        self,
        landing: Path,
        sales: pd.DataFrame,
        entity: tuple[str, str],
        place: tuple[str, str],
    ) -> None:
        file, key = place
        told = sales[(sales["system"] == entity[0]) & (sales["entity"] == entity[1])]
        rows = delivered(landing, file)
        if entity == ("insights", "sessions"):
            rows[key] += "|" + rows["SessionStart"]
            rows = rows[rows[key].isin(told["sale_id"])]
        rows = rows.drop_duplicates(key, keep="last").set_index(key)
        told = told.set_index("sale_id")
        assert told.index.is_unique
        assert set(rows.index) == set(told.index)
        told = told.loc[rows.index]

        amount = self.amounts(landing, entity, rows)
        readable = amount.notna()
        assert readable.mean() > 0.985
        signed = amount[readable].abs()
        assert (signed == cents(told["amount"])[readable]).all()
        status = self.statuses(entity, rows)
        assert (status == told["status"]).all()

    @staticmethod
    def amounts(
        landing: Path, entity: tuple[str, str], rows: pd.DataFrame
    ) -> pd.Series:
        if entity == ("retail", "transactions"):
            price = read(landing / "retail/products.json").set_index("product_id")
            price = cents(rows["product_id"].map(price["price"]))
            return price * rows["quantity"].astype(int)
        if entity == ("insights", "sessions"):
            return cents(rows["Price"]) * rows["Quantity"].astype(int)
        if entity == ("stripe", "charges"):
            return rows["amount"].astype(int)
        if entity == ("csv", "transactions"):
            bare = rows["amount"].str.replace(r"[()-]", "", regex=True)
            return cents(bare.mask(rows["amount"] == "-", ""))
        for name in ("Amount", "purchase_amount", "sale_price", "service_amount"):
            if name in rows:
                return cents(rows[name])
        return cents(rows["amount"])

    @staticmethod
    def statuses(entity: tuple[str, str], rows: pd.DataFrame) -> pd.Series:
        if entity == ("insights", "sessions"):
            returned = rows["OrderReturn"] == "True"
            confirmed = rows["OrderConfirmation"] == "True"
            status = np.where(confirmed, "completed", "cancelled")
            return pd.Series(np.where(returned, "refunded", status), rows.index)
        for name in ("Status", "status"):
            if name in rows:
                status = rows[name].str.strip().str.lower()
                break
        else:
            return pd.Series("completed", rows.index)
        if "refunded" in rows:
            status = status.mask(rows["refunded"].astype(bool), "refunded")
        return status.replace(
            {
                "canceled": "cancelled",
                "complete": "completed",
                "delivered": "completed",
                "backordered": "pending",
                "succeeded": "completed",
                "refund": "refunded",
                "failure": "failed",
            }
        )

    def test_are_their_customers(
        self, landing: Path, records: pd.DataFrame, sales: pd.DataFrame
    ) -> None:
        told = sales.set_index(["system", "entity", "sale_id"])[
            "person_id"
        ].sort_index()
        for (system, entity), issuer in {
            ("csv", "transactions"): ("csv", "customers"),
            ("shop", "online_transactions"): ("shop", "customers"),
            ("shop", "in_store_transactions"): ("shop", "customers"),
            ("retail", "transactions"): ("retail", "customers"),
            ("dealer", "vehicle_sales"): ("dealer", "customers"),
            ("service", "records"): ("dealer", "customers"),
            ("service", "parts_orders"): ("dealer", "customers"),
            ("stripe", "charges"): ("stripe", "customers"),
        }.items():
            file, key = SALES[system, entity]
            rows = delivered(landing, file).drop_duplicates(key)
            column = next(
                name
                for name in ("customer_id", "CustomerID", "customer")
                if name in rows
            )
            person = rows[column].map(person_of(records, *issuer))
            known = person.notna()
            expected = rows[key].map(told.loc[system, entity])
            assert (person[known] == expected[known]).all()

    def test_add_up_to_what_each_person_spent(
        self, sales: pd.DataFrame, persons: pd.DataFrame
    ) -> None:
        done = sales[sales["status"] == "completed"]
        for currency in ("usd", "eur", "gbp"):
            some = done[done["currency"] == currency]
            revenue = cents(some["amount"]).groupby(some["person_id"]).sum()
            told = cents(persons[f"revenue_{currency}"])
            assert (told[told > 0] == revenue.sort_index()).all()
            assert told.sum() == revenue.sum() > 0
        goods = sales[sales["system"].isin(["csv", "shop", "retail", "insights"])]
        count = goods.groupby("person_id").size()
        told = persons["purchases"].astype(int)
        assert (told[told > 0] == count.sort_index()).all()
        spent = cents(goods["amount"]).groupby(goods["person_id"]).sum()
        assert (cents(persons["spent"])[told > 0] == spent.sort_index()).all()

    def test_of_one_person_are_spread_over_the_systems(
        self, sales: pd.DataFrame
    ) -> None:
        goods = sales[sales["system"].isin(["csv", "shop", "retail", "insights"])]
        assert set(goods["system"]) == {"csv", "shop", "retail", "insights"}
        systems = goods.groupby("person_id")["system"].nunique()
        assert 0.15 < (systems > 1).mean() < 0.8

    def test_come_before_no_joining_and_after_no_leaving(
        self, sales: pd.DataFrame, persons: pd.DataFrame
    ) -> None:
        goods = sales[sales["system"].isin(["csv", "shop", "retail", "insights"])]
        joined = goods["person_id"].map(persons["joined_at"])
        left = goods["person_id"].map(persons["left_at"])
        assert (goods["ordered_at"] >= joined).all()
        assert ((left == "") | (goods["ordered_at"] <= left)).all()
        assert set(persons["left_because"]) == {"", "process", "support"}

    def test_orders_are_settled_in_later_deliveries(self, landing: Path) -> None:
        seen: dict[str, str] = {}
        steps = set()
        for _, rows in deliveries(landing, "shop/OnlineTransactions.csv"):
            for row in rows.itertuples():
                status = row.Status.strip().lower()
                if seen.get(row.OrderID, status) != status:
                    steps.add((seen[row.OrderID], status))
                seen[row.OrderID] = status
        assert {("completed", "refunded"), ("pending", "completed")} <= steps
        assert all(before in ("completed", "pending") for before, _ in steps)
