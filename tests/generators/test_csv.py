"""The `csv` system's two files: their mess, and whether it can be seen through."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data_generators import generate
from data_generators.mess import (
    JUNK_EMAILS,
    PLACEHOLDER_PHONES,
    PLACEHOLDER_WORDS,
    MessRates,
)
from data_generators.systems import csv_transactions
from data_generators.writing import AMOUNT_STYLES, write_amounts

from .files import read
from .resolver import email_key, pair_scores, phone_key, resolve

ROWS = 5000
UNTIL = date(2026, 6, 30)
SINCE = UNTIL - timedelta(days=1094)
RATES = MessRates()


def parse_date(text: str) -> date | None:
    for form in ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%d/%m/%Y", "%b %d, %Y"):
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    return None


def parse_amount(text: str) -> float | None:
    plain = re.sub(r"[$, ]|USD", "", text)
    negative = plain.startswith("(") and plain.endswith(")")
    try:
        return -float(plain[1:-1]) if negative else float(plain)
    except ValueError:
        return None


def make(folder: Path, seed: int = 360) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A customer file and its truth."""
    generate(folder, folder / "truth", ROWS, seed, UNTIL, systems=["csv"])
    return read(folder / "csv_customers.csv"), read(folder / "truth/records.csv")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("generated")
    make(folder)
    return folder


@pytest.fixture(scope="module")
def customers(made: Path) -> pd.DataFrame:
    return read(made / "csv_customers.csv")


@pytest.fixture(scope="module")
def transactions(made: Path) -> pd.DataFrame:
    return read(made / "csv_transactions.csv")


@pytest.fixture(scope="module")
def truth(made: Path) -> pd.DataFrame:
    return read(made / "truth/records.csv")


class TestTruth:
    def test_names_every_record_once(
        self, customers: pd.DataFrame, truth: pd.DataFrame
    ) -> None:
        assert truth["record_id"].is_unique
        assert set(truth["record_id"]) == set(customers["customer_id"])
        assert set(truth["system"]) == {"csv"}
        assert set(truth["entity"]) == {"customers"}

    def test_has_the_promised_duplicates(self, truth: pd.DataFrame) -> None:
        sizes = truth.groupby("person_id").size()
        assert (sizes - 1).sum() == int(ROWS * RATES.duplicates)
        assert sizes.max() >= 3

    def test_is_within_reach_of_guarded_rules_only(
        self, customers: pd.DataFrame, truth: pd.DataFrame
    ) -> None:
        person = truth.set_index("record_id")["person_id"]
        precision, recall, f1 = pair_scores(resolve(customers, guards=True), person)
        assert precision >= 0.995
        assert f1 >= 0.95
        # were everything linked, there would be nothing to do for better methods
        assert recall < 0.99
        naive, _, _ = pair_scores(resolve(customers, guards=False), person)
        assert naive < 0.9

    def test_is_so_for_other_seeds_too(self, tmp_path: Path) -> None:
        found, person, naive = [], [], []
        for seed in range(3):
            customers, truth = make(tmp_path, seed)
            key = str(seed) + "/"
            truth = truth.set_index("record_id")["person_id"]
            person.append((key + truth).rename(lambda record, k=key: k + record))
            for guards, results in ((True, found), (False, naive)):
                clusters = key + resolve(customers, guards=guards)
                results.append(clusters.rename(lambda record, k=key: k + record))
        everyone = pd.concat(person)
        precision, _, f1 = pair_scores(pd.concat(found), everyone)
        assert precision >= 0.994
        assert f1 >= 0.95
        assert pair_scores(pd.concat(naive), everyone)[0] < 0.9

    def test_holds_the_promised_traps(
        self, customers: pd.DataFrame, truth: pd.DataFrame
    ) -> None:
        records = customers.drop_duplicates("customer_id").set_index("customer_id")
        records["person"] = truth.set_index("record_id")["person_id"]
        records["number"] = records["phone"].map(phone_key)
        records["mailbox"] = records["email"].map(email_key)

        shared = records.dropna(subset="number").groupby("number")
        families = shared["last_name"].transform("nunique") == 1
        several = shared["person"].transform("nunique") > 1
        assert records.loc[several.index][families & several]["number"].nunique() > 50
        switchboards = shared["person"].nunique()
        assert (switchboards[~switchboards.index.str.fullmatch(r"(\d)\1*")] > 3).any()
        assert (records.groupby("mailbox")["person"].nunique() > 5).any()
        assert records["last_name"].str.contains(r"\b[JS]r\.").any()


class TestCustomers:
    @pytest.mark.parametrize(
        ("share", "tolerance", "matching"),
        [
            (RATES.email_null, 0.012, lambda c: c["email"] == ""),
            (
                RATES.email_malformed,
                0.008,
                lambda c: (
                    c["email"].map(email_key).isna()
                    & ~c["email"].str.strip().isin(["", *PLACEHOLDER_WORDS])
                ),
            ),
            (
                RATES.email_placeholder_word,
                0.005,
                lambda c: c["email"].str.strip().isin(PLACEHOLDER_WORDS),
            ),
            (
                RATES.email_junk,
                0.006,
                lambda c: c["email"].str.strip().str.lower().isin(JUNK_EMAILS),
            ),
            (
                RATES.email_mixed_case,
                0.02,
                lambda c: c["email"].str.contains("[A-Z].*@"),
            ),
            (RATES.email_padded, 0.012, lambda c: c["email"].str.strip() != c["email"]),
            (
                RATES.email_wrapped,
                0.008,
                lambda c: c["email"].str.contains("<|mailto:", case=False),
            ),
            (RATES.phone_null, 0.015, lambda c: c["phone"] == ""),
            (
                RATES.phone_placeholder,
                0.006,
                lambda c: c["phone"].str.strip().isin(PLACEHOLDER_PHONES),
            ),
            (RATES.upper_case, 0.012, lambda c: c["last_name"].str.isupper()),
            (RATES.lower_case, 0.012, lambda c: c["last_name"].str.islower()),
            (
                RATES.honorific,
                0.012,
                lambda c: c["first_name"].str.contains(
                    r"^(?:Mr|Mrs|Ms|Dr|Prof|Herr|Frau|M|Mme|Dhr|Sr|Sra|Sig|Dott)\.? ",
                    case=False,
                ),
            ),
            (RATES.country_null, 0.008, lambda c: c["country"] == ""),
            (RATES.date_null, 0.004, lambda c: c["created_at"] == ""),
            (
                RATES.date_impossible,
                0.003,
                lambda c: (
                    (c["created_at"] != "") & c["created_at"].map(parse_date).isna()
                ),
            ),
            (0.35, 0.03, lambda c: c["created_at"].str.contains(r"^\d{4}-\d\d-\d\d$")),
            (
                0.25,
                0.03,
                lambda c: c["created_at"].str.contains(r"^\d{4}.{6} [\d:]{8}$"),
            ),
            (0.25, 0.03, lambda c: c["created_at"].str.contains(r"^\d\d/\d\d/\d{4}$")),
            (0.15, 0.03, lambda c: c["created_at"].str.contains(r"^[A-Z][a-z]+ \d+, ")),
        ],
    )
    def test_mess_comes_at_its_rate(
        self, customers: pd.DataFrame, share: float, tolerance: float, matching
    ) -> None:
        assert matching(customers).mean() == pytest.approx(share, abs=tolerance)

    @pytest.mark.parametrize(
        ("column", "pattern"),
        [
            ("email", "@gmial.com|@gmail.con"),
            ("email", r"\+\w+@"),
            ("email", "\u00a0"),
            ("email", "\t"),
            ("phone", r"^\+"),
            ("phone", "^00[1-9]"),
            ("phone", r"^\("),
            ("phone", r"\d\.\d"),
            ("phone", r"\(0\)"),
            ("phone", "ext|x"),
            ("phone", "^n/a$|^none$|^NULL$"),
            ("address", ","),
            ("address", '"'),
            ("address", "\n"),
            ("first_name", "Ã"),
            ("city", "Ã"),
            ("last_name", r"[*?#™…★~|✓]"),
            ("last_name", r"\b(?:III|PhD)$"),
            ("country", "Deutschland"),
        ],
    )
    def test_each_kind_of_mess_occurs(
        self, customers: pd.DataFrame, column: str, pattern: str
    ) -> None:
        assert customers[column].str.contains(pattern).sum() >= 2

    def test_repeated_rows(self, customers: pd.DataFrame) -> None:
        again = customers[customers.duplicated("customer_id")]
        assert len(again) == int(ROWS * RATES.resent) + int(ROWS * RATES.corrected)
        corrected = again[~customers.duplicated().loc[again.index]]
        assert len(corrected) == int(ROWS * RATES.corrected)
        for row in corrected.to_dict("records"):
            first = customers[customers["customer_id"] == row["customer_id"]].iloc[0]
            assert email_key(row["email"]) is not None
            assert first["email"] != row["email"]
            assert first.drop("email").to_dict() == {
                name: value for name, value in row.items() if name != "email"
            }

    def test_dates_lie_in_the_three_years(self, customers: pd.DataFrame) -> None:
        dates = customers["created_at"].map(parse_date).dropna()
        assert dates.min() >= SINCE
        assert UNTIL - timedelta(days=7) <= dates.max() <= UNTIL


class TestTransactions:
    def test_ids_are_unique_but_for_repeated_rows(
        self, transactions: pd.DataFrame
    ) -> None:
        repeated = transactions.duplicated()
        assert repeated.mean() == pytest.approx(RATES.transaction_resent, abs=0.002)
        assert transactions[~repeated]["transaction_id"].is_unique

    def test_customers_are_known_but_for_orphans(
        self, customers: pd.DataFrame, transactions: pd.DataFrame
    ) -> None:
        ids = transactions["customer_id"]
        unknown = ids[~ids.isin(customers["customer_id"])]
        share = RATES.orphans + RATES.customer_null
        assert len(unknown) / len(ids) == pytest.approx(share, abs=0.002)
        assert (unknown == "").any() and (unknown != "").any()

    def test_nobody_buys_under_a_record_not_yet_entered(
        self, customers: pd.DataFrame, transactions: pd.DataFrame
    ) -> None:
        created = customers.drop_duplicates("customer_id").set_index("customer_id")
        days = pd.DataFrame(
            {
                "created": transactions["customer_id"]
                .map(created["created_at"])
                .map(parse_date, na_action="ignore"),
                "bought": transactions["transaction_date"].map(parse_date),
            }
        ).dropna()
        assert len(days) > 0.95 * len(transactions)
        assert (days["bought"] >= days["created"]).all()

    def test_purchases_are_split_among_a_persons_records(
        self, transactions: pd.DataFrame, truth: pd.DataFrame
    ) -> None:
        person = transactions["customer_id"].map(
            truth.set_index("record_id")["person_id"]
        )
        records = transactions.groupby(person)["customer_id"].nunique()
        assert (records > 1).sum() > 100

    def test_dates_lie_in_the_three_years(self, transactions: pd.DataFrame) -> None:
        dates = transactions["transaction_date"].map(parse_date)
        assert dates.dropna().min() >= SINCE
        assert UNTIL - timedelta(days=2) <= dates.dropna().max() <= UNTIL
        assert dates.isna().mean() == pytest.approx(
            RATES.date_null + RATES.date_impossible, abs=0.002
        )

    def test_amounts(self, transactions: pd.DataFrame) -> None:
        amounts = transactions["amount"].map(parse_amount)
        assert amounts.isna().mean() == pytest.approx(
            RATES.amount_unparseable, abs=0.002
        )
        assert amounts.abs().min() >= 1
        assert amounts.abs().max() < 20_000
        refunded = transactions["status"].str.lower().str.startswith("refund")
        assert refunded[amounts < 0].all()
        assert (amounts[refunded] < 0).mean() == pytest.approx(
            RATES.refund_negative, abs=0.04
        )
        for pattern in (
            r"^\$",
            "USD$",
            "^USD",
            r"^ .* $",
            r"\.\d$",
            r"^\(",
            "^-.",
        ):
            assert transactions["amount"].str.contains(pattern).any(), pattern

    def test_large_and_negative_amounts_in_every_style(self) -> None:
        for cents in (123_456_789, -250_000, 5):
            written = write_amounts(
                np.full(len(AMOUNT_STYLES), cents), np.arange(len(AMOUNT_STYLES))
            )
            assert {parse_amount(text) for text in written} == {cents / 100}
        assert {"$1,234,567.89", "USD 1,234,567.89"} <= set(
            write_amounts(np.array([123_456_789] * 2), np.array([2, 3]))
        )

    def test_channels_and_statuses(self, transactions: pd.DataFrame) -> None:
        tidy = transactions["channel"].isin(
            [clean for _, clean, _ in csv_transactions.CHANNELS]
        )
        assert 1 - tidy.mean() == pytest.approx(
            RATES.label_untidy + RATES.channel_null, abs=0.02
        )
        completed = transactions["status"].str.strip().str.lower()
        assert completed.isin(["completed", "complete"]).mean() == pytest.approx(
            0.88, abs=0.015
        )
