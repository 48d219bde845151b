"""The generated files as a user meets them: their bytes, their rows, their mess."""

from __future__ import annotations

import csv
import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from customer360.errors import UserError
from customer360.settings import ROOT
from data_generators import Generated, csv_transactions, generate
from data_generators.mess import (
    JUNK_EMAILS,
    PLACEHOLDER_PHONES,
    PLACEHOLDER_WORDS,
    MessRates,
)

from .resolver import email_key, pair_scores, phone_key, resolve

ROWS = 5000
UNTIL = date(2026, 6, 30)
SINCE = UNTIL - timedelta(days=1094)
RATES = MessRates()

# A change of this digest means other data: wanted (then put the new one here, and
# say so in the changelog), a new version of Faker (the same), or a machine, Python
# or numpy on which the generators do not keep their promise.
SMALL_DIGEST = "e021cb6d611b19166a6cae4735c57ec2a39e7a39ce744f6ec6d760ddb540a3b5"


def digest(made: Generated) -> str:
    paths = (made.customers_path, made.transactions_path, made.truth_path)
    return hashlib.sha256(b"".join(p.read_bytes() for p in paths)).hexdigest()


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")


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


def command_line(
    *arguments: str, preexec_fn: Callable[[], None] | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "customer360.cli", "generate", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        preexec_fn=preexec_fn,
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Generated:
    folder = tmp_path_factory.mktemp("generated")
    return generate(folder / "landing", folder / "truth", ROWS, until=UNTIL)


@pytest.fixture(scope="module")
def customers(made: Generated) -> pd.DataFrame:
    return read(made.customers_path)


@pytest.fixture(scope="module")
def transactions(made: Generated) -> pd.DataFrame:
    return read(made.transactions_path)


@pytest.fixture(scope="module")
def truth(made: Generated) -> pd.DataFrame:
    return read(made.truth_path)


class TestBytes:
    def test_are_the_promised_ones(self, tmp_path: Path) -> None:
        made = generate(tmp_path, tmp_path / "truth", 400, seed=7, until=UNTIL)
        assert digest(made) == SMALL_DIGEST

    def test_are_the_same_in_another_process(
        self, made: Generated, tmp_path: Path
    ) -> None:
        # another hash seed shuffles sets; without its vector instructions numpy
        # takes the code paths of other processors
        simd = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
        result = command_line(
            "--landing",
            str(tmp_path / "landing"),
            "--customers",
            str(ROWS),
            "--until",
            UNTIL.isoformat(),
            C360_HOME=str(tmp_path / "home"),
            PYTHONHASHSEED="12345",
            NPY_DISABLE_CPU_FEATURES=" ".join(simd),
        )
        assert result.returncode == 0, result.stderr
        for path, name in (
            (made.customers_path, "landing/csv_customers.csv"),
            (made.transactions_path, "landing/csv_transactions.csv"),
            (made.truth_path, "home/truth/records.csv"),
        ):
            assert path.read_bytes() == (tmp_path / name).read_bytes(), name
        assert "5,000 customer rows" in result.stdout

    def test_follow_the_arguments(self, tmp_path: Path) -> None:
        def run(name: str, **arguments: object) -> str:
            folder = tmp_path / name
            options = {"customer_records": 300, "seed": 1, "until": UNTIL} | arguments
            return digest(generate(folder, folder / "truth", **options))

        digests = {
            run("first"),
            run("seed", seed=2),
            run("rows", customer_records=301),
            run("until", until=date(2026, 6, 29)),
        }
        assert len(digests) == 4
        assert run("again") in digests

    def test_do_not_depend_on_how_the_file_is_cut(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        whole = generate(tmp_path, tmp_path / "truth", 200, until=UNTIL)
        before = digest(whole)
        monkeypatch.setattr(csv_transactions, "_BATCH", 7)
        assert digest(generate(tmp_path, tmp_path / "truth", 200, until=UNTIL)) == (
            before
        )


class TestFiles:
    @pytest.mark.parametrize(
        "name", ["customers_path", "transactions_path", "truth_path"]
    )
    def test_follow_rfc_4180(self, made: Generated, name: str, tmp_path: Path) -> None:
        path = getattr(made, name)
        with path.open(encoding="utf-8", newline="") as handle:
            rows = list(csv.reader(handle, strict=True))
        assert {len(row) for row in rows} == {len(rows[0])}
        assert read(path).to_numpy().tolist() == rows[1:]
        raw = path.read_bytes()
        assert raw.endswith(b"\r\n") and not raw.startswith(b"\xef\xbb\xbf")
        # outside quotes every line ends with CRLF and nothing else
        bare = re.sub(rb'"(?:[^"]|"")*"', b"", raw)
        assert bare.count(b"\n") == bare.count(b"\r") == bare.count(b"\r\n")
        assert bare.count(b"\r\n") == len(rows)

    def test_have_the_promised_columns(
        self,
        customers: pd.DataFrame,
        transactions: pd.DataFrame,
        truth: pd.DataFrame,
    ) -> None:
        assert ",".join(customers) == (
            "customer_id,first_name,last_name,email,phone,address,city,country,"
            "created_at"
        )
        assert ",".join(transactions) == (
            "transaction_id,customer_id,transaction_date,amount,channel,status"
        )
        assert ",".join(truth) == "system,entity,record_id,person_id"

    def test_summary_is_true(
        self,
        made: Generated,
        customers: pd.DataFrame,
        transactions: pd.DataFrame,
        truth: pd.DataFrame,
    ) -> None:
        assert made.customer_rows == len(customers) == ROWS
        assert made.customer_records == customers["customer_id"].nunique()
        assert made.persons == truth["person_id"].nunique()
        assert made.transaction_rows == len(transactions)
        assert made.transactions == transactions["transaction_id"].nunique()

    def test_readme_shows_real_lines(self, made: Generated) -> None:
        readme = (ROOT / "data_generators" / "README.md").read_text(encoding="utf-8")
        shown = re.findall(r"^(?:C\d{7}|T\d{8}|csv),.*$", readme, re.MULTILINE)
        paths = (made.customers_path, made.transactions_path, made.truth_path)
        lines = [p.read_text(encoding="utf-8").splitlines() for p in paths]
        assert len(shown) >= 8
        assert set(shown) <= {line for file in lines for line in file}

    @pytest.mark.parametrize("rows", [1, 2, 3, 10, 64])
    def test_any_size_works(self, rows: int, tmp_path: Path) -> None:
        for seed in (0, 1, 2**80):
            made = generate(tmp_path, tmp_path / "truth", rows, seed=seed)
            customers, truth = read(made.customers_path), read(made.truth_path)
            assert len(customers) == rows
            assert sorted(truth["record_id"]) == sorted(set(customers["customer_id"]))

    def test_replace_only_their_own(self, tmp_path: Path) -> None:
        other = tmp_path / "csv_customers_march.csv"
        other.write_text("kept")
        generate(tmp_path, tmp_path / "truth", 20, seed=1)
        generate(tmp_path, tmp_path / "truth", 20, seed=2)
        assert other.read_text() == "kept"
        assert {p.name for p in tmp_path.rglob("*") if p.is_file()} == {
            "csv_customers_march.csv",
            "csv_customers.csv",
            "csv_transactions.csv",
            "records.csv",
        }


class TestMistakes:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"customer_records": 0}, "1 or more"),
            ({"seed": -1}, "0 or more"),
            ({"until": date(1492, 10, 12)}, "1975 to 2200"),
        ],
    )
    def test_in_arguments(
        self, tmp_path: Path, arguments: dict[str, object], message: str
    ) -> None:
        with pytest.raises(UserError, match=message):
            generate(tmp_path / "landing", tmp_path / "truth", **arguments)
        assert list(tmp_path.iterdir()) == []

    def test_a_file_where_the_folder_should_be(self, tmp_path: Path) -> None:
        (tmp_path / "landing").write_text("")
        with pytest.raises(UserError, match=r"cannot write files to .*landing"):
            generate(tmp_path / "landing", tmp_path / "truth", 5)

    def test_a_failure_leaves_the_earlier_files(self, tmp_path: Path) -> None:
        landing, truth = tmp_path / "landing", tmp_path / "truth"
        generate(landing, truth, 20, seed=1)
        before = (landing / "csv_customers.csv").read_bytes()
        (truth / "records.csv").unlink()
        (truth / "records.csv").mkdir()
        with pytest.raises(UserError, match=r"records\.csv is a folder"):
            generate(landing, truth, 20, seed=2)
        assert (landing / "csv_customers.csv").read_bytes() == before
        assert len(list(landing.iterdir())) == 2

    def test_a_full_disk_leaves_the_earlier_files(self, tmp_path: Path) -> None:
        resource = pytest.importorskip("resource")  # not on Windows
        landing, truth = tmp_path / "landing", tmp_path / "truth"
        generate(landing, truth, 20, seed=1)
        before = {p: p.read_bytes() for p in tmp_path.rglob("*.csv")}
        # a limit on file size fails like a full disk does: while writing
        result = command_line(
            "--landing",
            str(landing),
            "--customers",
            "2000",
            "--replace",
            C360_HOME=str(tmp_path),
            preexec_fn=lambda: resource.setrlimit(
                resource.RLIMIT_FSIZE, (50_000, 50_000)
            ),
        )
        assert result.returncode == 2
        assert "Traceback" not in result.stderr
        assert "cannot write files to" in result.stderr
        assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


class TestTruth:
    def test_names_every_record_once(
        self, customers: pd.DataFrame, truth: pd.DataFrame
    ) -> None:
        assert truth["record_id"].is_unique
        assert set(truth["record_id"]) == set(customers["customer_id"])
        assert set(truth["system"]) == {"csv"}
        assert set(truth["entity"]) == {"csv_customers"}

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
            made = generate(tmp_path, tmp_path / "truth", ROWS, seed=seed)
            customers = read(made.customers_path)
            key = str(seed) + "/"
            truth = read(made.truth_path).set_index("record_id")["person_id"]
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
            ",",
            "USD$",
            "^USD",
            r"^ .* $",
            r"\.\d$",
            r"^\(",
            "^-.",
        ):
            assert transactions["amount"].str.contains(pattern).any(), pattern

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
