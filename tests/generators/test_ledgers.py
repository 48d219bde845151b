"""What has to balance between the systems, their days, and what is wrong with facts."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from data_generators import generate
from data_generators.systems import shop

from .conftest import DAYS, ROWS, UNTIL
from .files import UNREADABLE, cents, delivered, deliveries, latest, read
from .test_systems import RECORDS


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
