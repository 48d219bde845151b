"""All systems together: one truth behind them, and ledgers that balance."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data_generators import generate
from data_generators.systems import shop

from .files import delivered, deliveries, read
from .resolver import email_key

ROWS = 4000
DAYS = 10
UNTIL = date(2026, 6, 30)

UNREADABLE = {"", "N/A", "-", "TBD", "#VALUE!"}

# system, entity, file, columns of the id, of the customer, and of the customer's
# records: the entity of the truth and how its record ids look
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


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("generated")
    generate(folder / "landing", folder / "truth", ROWS, until=UNTIL, days=DAYS)
    return folder


@pytest.fixture(scope="module")
def landing(made: Path) -> Path:
    return made / "landing"


@pytest.fixture(scope="module")
def records(made: Path) -> pd.DataFrame:
    return read(made / "truth/records.csv")


@pytest.fixture(scope="module")
def sales(made: Path) -> pd.DataFrame:
    return read(made / "truth/sales.csv")


@pytest.fixture(scope="module")
def persons(made: Path) -> pd.DataFrame:
    return read(made / "truth/persons.csv").set_index("person_id")


def latest(landing: Path, file: str, key: str) -> pd.DataFrame:
    """The last delivered row of each key."""
    rows = delivered(landing, file)
    return rows.drop_duplicates(key, keep="last").set_index(key)


def person_of(records: pd.DataFrame, system: str, entity: str) -> pd.Series:
    mine = records[(records["system"] == system) & (records["entity"] == entity)]
    return mine.set_index("record_id")["person_id"]


def cents(amounts: pd.Series) -> pd.Series:
    plain = amounts.astype(str).str.replace(r"[$, ]|USD", "", regex=True)
    return pd.to_numeric(plain.mask(plain.isin(UNREADABLE))).mul(100).round()


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


class TestLedgers:
    def test_points_balance_after_every_delivery(self, landing: Path) -> None:
        balance: dict[str, int] = {}
        told: dict[str, int] = {}
        accounts = dict(deliveries(landing, "loyalty/LoyaltyAccounts.csv"))
        moves = dict(deliveries(landing, "loyalty/LoyaltyTransactions.csv"))
        assert len(moves) > 5
        for day in sorted(set(accounts) | set(moves), key=lambda d: d or UNTIL):
            for row in moves.get(day, pd.DataFrame()).itertuples():
                balance[row.LoyaltyID] = balance.get(row.LoyaltyID, 0) + int(
                    row.PointsChange
                )
                assert balance[row.LoyaltyID] >= 0
            for row in accounts.get(day, pd.DataFrame()).itertuples():
                told[row.LoyaltyID] = int(row.PointsEarned)
            assert told == balance

    def test_points_are_earned_and_spent(self, landing: Path) -> None:
        moves = delivered(landing, "loyalty/LoyaltyTransactions.csv")
        reason = moves["Reason"].str.strip().str.lower()
        points = moves["PointsChange"].astype(int)
        assert set(reason) == {
            "welcome bonus",
            "purchase",
            "reward redeemed",
            "goodwill adjustment",
        }
        assert (points[reason == "reward redeemed"] % 500 == 0).all()
        assert ((points < 0) == (reason == "reward redeemed")).all()

    def test_spending_is_the_cost_of_the_clicks(
        self, made: Path, landing: Path
    ) -> None:
        touches = delivered(landing, "marketing/touches.csv")
        clicks = cents(touches["cost"]).groupby(touches["campaign"]).sum()
        spend = delivered(landing, "marketing/campaign_spend.csv")
        assert not spend.duplicated(["campaign", "date"]).any()
        spent = cents(spend["spend"]).groupby(spend["campaign"]).sum()
        told = read(made / "truth/campaigns.csv").set_index("campaign")
        fee = (told["channel"] == "email") * 4_000
        assert (cents(told["cost"]) == spent.reindex(told.index, fill_value=0)).all()
        assert (
            clicks.reindex(told.index, fill_value=0) + fee == cents(told["cost"])
        ).all()

    def test_vehicles_have_one_owner_at_a_time(self, landing: Path) -> None:
        owned = delivered(landing, "dealer/vehicle_ownership.csv")
        owned = owned.drop_duplicates(["vin", "customer_id", "owned_from"], keep="last")
        owned = owned.sort_values(["vin", "owned_from"])
        after = owned.groupby("vin")["owned_from"].shift(-1)
        several = after.notna()
        assert several.sum() > 5
        assert (owned["owned_until"][several] != "").all()
        assert (owned["owned_until"][several] <= after[several]).all()
        # what was bought is owned from that day on, what was given away until then
        bought = delivered(landing, "dealer/vehicle_sales.csv")
        known = bought[bought["sale_date"].str.match(r"20\d\d-\d\d-\d\d$")]
        known = known[known["sale_date"] != "2024-02-30"]
        begun = set(zip(owned["vin"], owned["owned_from"], strict=True))
        ended = set(zip(owned["vin"], owned["owned_until"], strict=True))
        assert set(zip(known["vin"], known["sale_date"], strict=True)) <= begun
        traded = known[known["trade_in_vin"] != ""]
        assert len(traded) > 5
        assert (
            set(zip(traded["trade_in_vin"], traded["sale_date"], strict=True)) <= ended
        )

    def test_charges_are_payments_of_subscriptions(self, landing: Path) -> None:
        of = latest(landing, "stripe/subscriptions.jsonl", "id")
        charges = latest(landing, "stripe/charges.jsonl", "id")
        paid = set(zip(of["customer"], of["amount"], of["currency"], strict=True))
        assert (
            set(
                zip(
                    charges["customer"],
                    charges["amount"],
                    charges["currency"],
                    strict=True,
                )
            )
            <= paid
        )
        assert set(charges["currency"]) == {"usd", "eur", "gbp"}
        cancelled = of["status"] == "canceled"
        assert ((of["canceled_at"] != "") == cancelled).all()
        assert 0.2 < cancelled.mean() < 0.8


class TestDays:
    def test_change_nothing_about_what_was_delivered_before(
        self, landing: Path, tmp_path: Path
    ) -> None:
        generate(tmp_path, tmp_path / "truth", ROWS, until=UNTIL, days=DAYS // 2)
        paths = [p for p in tmp_path.rglob("*") if p.is_file()]
        for path in paths:
            inside = path.relative_to(tmp_path)
            if inside.parts[0] != "truth":
                assert path.read_bytes() == (landing / inside).read_bytes(), inside
        assert sum("_2026-07-0" in path.name for path in paths) > 80

    def test_bring_new_and_changed_customers(self, landing: Path) -> None:
        for file, key in RECORDS.values():
            base, *later = (rows for _, rows in deliveries(landing, file))
            if "insights" in file or "csv" in file:
                continue
            more = pd.concat(later)
            changed = more[more[key].isin(base[key])]
            assert len(changed) < len(more), file
            again = base[base[key].isin(changed[key])]
            assert len(again)
            if "hubspot" in file:
                both = again.merge(changed, on=key)
                assert (both["email_x"] != both["email_y"]).any() or (
                    both["phone_x"] != both["phone_y"]
                ).any()

    def test_belong_to_the_dates_in_their_names(self, landing: Path) -> None:
        for file, column in (
            ("shop/InStoreTransactions.csv", "DateTime"),
            ("digital/interactions.csv", "interaction_date"),
            ("marketing/email_events.csv", "event_at"),
            ("loyalty/LoyaltyTransactions.csv", "DateTime"),
        ):
            for day, rows in deliveries(landing, file):
                found = rows[column][rows[column].str.match(r"202\d-[01]\d-[0-3]\d ")]
                found = found[~found.str.startswith(("2024-02-30", "2025-13"))]
                days = found.str[:10]
                if day is None:
                    assert days.max() <= UNTIL.isoformat()
                else:
                    assert set(days) == {day.isoformat()}


class TestMess:
    def test_facts_have_their_faults(self, landing: Path) -> None:
        online = delivered(landing, "shop/OnlineTransactions.csv")
        assert (online["CustomerID"] == shop.UNKNOWN).any()
        assert online["Amount"].isin(UNREADABLE).any()
        assert (~online["DateTime"].map(is_moment)).any()
        assert online.duplicated().mean() == pytest.approx(0.005, abs=0.004)
        tickets = delivered(landing, "shop/InStoreTransactions.csv")
        assert (tickets["CustomerID"] == "").mean() == pytest.approx(0.25, abs=0.04)
        cases = delivered(landing, "support/CustomerServiceInteractions.csv")
        tidy = cases["ResolutionStatus"].isin(
            ["Resolved", "Escalated", "Unresolved", "Pending"]
        )
        assert 0 < (~tidy).mean() < 0.12

    def test_events_have_two_kinds_of_time(self, landing: Path) -> None:
        lines = (landing / "digital/ga4_events.jsonl").read_text().splitlines()
        times = [json.loads(line)["event_timestamp"] for line in lines]
        as_text = [time for time in times if isinstance(time, str)]
        assert len(as_text) / len(times) == pytest.approx(0.05, abs=0.02)
        assert all(datetime.fromisoformat(time).year >= 2023 for time in as_text)
        assert min(time for time in times if isinstance(time, int)) > 1.6e15

    def test_web_users_have_several_ids_and_mailboxes(
        self, records: pd.DataFrame
    ) -> None:
        users = records[records["entity"] == "ga4_users"].copy()
        users[["user", "email"]] = users["record_id"].str.split("|", expand=True)
        named = users[users["user"] != ""].groupby("person_id")["user"].nunique()
        assert (named > 1).sum() > 20
        mailboxes = users[users["email"] != ""].groupby("person_id")["email"].nunique()
        assert (mailboxes > 1).sum() > 5


def is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
