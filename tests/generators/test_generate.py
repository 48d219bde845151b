"""The generated files as a user meets them: their bytes, their names, their truth."""

from __future__ import annotations

import csv
import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields
from datetime import date
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
import pytest

from customer360.errors import UserError
from customer360.ingest.declarations import declared_tables, normalised
from customer360.settings import ROOT, Settings
from data_generators import files as writer
from data_generators import generate
from data_generators.mess import MessRates
from data_generators.rates import SYSTEM_RATES, Rates, read_rates
from data_generators.systems import SYSTEMS
from data_generators.world import Options

from .files import DATED, digests, read

ROWS = 1500
DAYS = 3
UNTIL = date(2026, 6, 30)

# A change of this digest means other data: wanted (then put the new one here, and
# say so in the changelog), a new version of Faker (the same), or a machine, Python
# or numpy on which the generators do not keep their promise.
SMALL_DIGEST = "e51014840d46e6d3981206f2bdc9af1a395efe72db6e0ae2a0374e7db4b434f3"


def digest(folder: Path) -> str:
    return hashlib.sha256(repr(sorted(digests(folder).items())).encode()).hexdigest()


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
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("generated")
    generate(folder / "landing", folder / "truth", ROWS, until=UNTIL, days=DAYS)
    return folder


class TestBytes:
    def test_are_the_promised_ones(self, tmp_path: Path) -> None:
        generate(
            tmp_path / "landing", tmp_path / "truth", 400, seed=7, until=UNTIL, days=2
        )
        assert digest(tmp_path) == SMALL_DIGEST

    def test_are_the_same_in_another_process(self, made: Path, tmp_path: Path) -> None:
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
            "--days",
            str(DAYS),
            C360_HOME=str(tmp_path),
            PYTHONHASHSEED="12345",
            NPY_DISABLE_CPU_FEATURES=" ".join(simd),
        )
        assert result.returncode == 0, result.stderr
        assert digests(tmp_path) == digests(made)
        rows = sum(
            len(read(made / "landing" / name)) for name in digests(made / "landing")
        )
        told = re.findall(r"([\d,]+) rows in", result.stdout)
        assert len(told) == len(SYSTEMS)
        assert sum(int(text.replace(",", "")) for text in told) == rows

    def test_follow_the_arguments(self, tmp_path: Path) -> None:
        def run(name: str, **arguments: object) -> str:
            folder = tmp_path / name
            options = {"customer_records": 300, "seed": 1, "until": UNTIL} | arguments
            generate(folder / "landing", folder / "truth", **options)
            return digest(folder)

        digests_ = {
            run("first"),
            run("seed", seed=2),
            run("rows", customer_records=301),
            run("until", until=date(2026, 6, 29)),
            run("days", days=1),
            run("mess", options=Options(read_rates(["email_null=0.3"]))),
        }
        assert len(digests_) == 6
        assert run("again") in digests_

    def test_do_not_depend_on_how_the_file_is_cut(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        generate(tmp_path / "whole", tmp_path / "whole", 100, until=UNTIL, days=1)
        monkeypatch.setattr(writer, "BATCH", 7)
        generate(tmp_path / "cut", tmp_path / "cut", 100, until=UNTIL, days=1)
        assert digests(tmp_path / "whole") == digests(tmp_path / "cut")

    def test_of_a_system_are_the_same_with_and_without_the_others(
        self, made: Path, tmp_path: Path
    ) -> None:
        all_of_them = digests(made / "landing")
        names = list(SYSTEMS)
        for some in (names[::2], names[1::2]):
            folder = tmp_path / some[0]
            generate(folder, tmp_path, ROWS, until=UNTIL, days=DAYS, systems=some[::-1])
            written = digests(folder)
            assert len(written) > 30
            assert written.items() <= all_of_them.items()


class TestFiles:
    def test_are_those_that_the_tables_wait_for(self, made: Path) -> None:
        tables = [
            table
            for table in declared_tables(Settings.from_env())
            if table.system in SYSTEMS
        ]
        assert {table.system for table in tables} == set(SYSTEMS)
        paths = [p for p in (made / "landing").rglob("*") if p.is_file()]
        found: dict[Path, list[str]] = {}
        for table in tables:
            folder = made / "landing"
            folder = folder if table.system == "csv" else folder / table.system
            mine = [
                path
                for path in paths
                if path.parent == folder
                and any(fnmatch(path.name, pattern) for pattern in table.files)
            ]
            assert any(not DATED.search(path.name) for path in mine), table.name
            for path in mine:
                found.setdefault(path, []).append(table.name)
                header = {normalised(column) for column in read(path).columns}
                assert header == {normalised(c.header) for c in table.columns}, path
        assert set(found) == set(paths)
        assert all(len(names) == 1 for names in found.values())

    def test_have_the_reference_systems_own_headers(self, made: Path) -> None:
        landing = made / "landing"
        sessions = (landing / "insights/Customer360Insights.csv").read_bytes()
        header, _, rest = sessions.partition(b"\r\n")
        assert header.startswith(b"\xef\xbb\xbfSessionStart,CustomerID,FullName,")
        assert b",CampaignSchema ,CartAdditionTime," in header
        assert b"\n" not in rest.replace(b"\r\n", b"")
        for file, columns in {
            "shop/Customers.csv": "CustomerID,Name,Email,Address",
            "loyalty/LoyaltyAccounts.csv": (
                "LoyaltyID,CustomerID,PointsEarned,TierLevel,JoinDate"
            ),
            "salesforce/contacts.json": (
                "Id,Email,Phone,FirstName,LastName,MailingAddress,CreatedDate,"
                "LastModifiedDate,LeadSource,Status"
            ),
            "dynamics/contacts.json": (
                "contactid,emailaddress1,telephone1,firstname,lastname,"
                "address1_line1,createdon,modifiedon,leadsourcecode,statecode"
            ),
            "stripe/charges.jsonl": (
                "id,customer,amount,currency,created,status,refunded"
            ),
        }.items():
            assert ",".join(read(landing / file).columns) == columns

    def test_of_rows_follow_rfc_4180(self, made: Path) -> None:
        paths = sorted(made.rglob("*.csv"))
        assert len(paths) > 40
        for path in paths:
            with path.open(encoding="utf-8-sig", newline="") as handle:
                rows = list(csv.reader(handle, strict=True))
            assert {len(row) for row in rows} == {len(rows[0])}, path
            raw = path.read_bytes()
            # outside quotes every line ends with CRLF and nothing else
            bare = re.sub(rb'"(?:[^"]|"")*"', b"", raw)
            assert raw.endswith(b"\r\n") and b"\0" not in raw
            assert bare.count(b"\n") == bare.count(b"\r") == bare.count(b"\r\n")
            assert bare.count(b"\r\n") == len(rows)

    def test_of_objects_are_json(self, made: Path) -> None:
        landing = made / "landing"
        for path in landing.glob("retail/*.json"):
            assert path.read_bytes().startswith(b"[\n{")
        paths = [*landing.glob("s*/*.json*"), *landing.glob("d*/*.json*")]
        assert len(paths) > 10
        for path in (*paths, *landing.glob("retail/*.json")):
            rows = read(path)
            assert len(rows) and not path.read_bytes().startswith(b"\xef\xbb\xbf")
        addresses = read(landing / "salesforce/contacts.json")["MailingAddress"]
        assert {type(address) for address in addresses} == {str, dict}

    def test_summary_is_true(self, tmp_path: Path) -> None:
        made = generate(tmp_path / "landing", tmp_path / "truth", 200, until=UNTIL)
        for path, rows in made.rows.items():
            assert len(read(path)) == rows
        truth = read(tmp_path / "truth/records.csv")
        assert made.records == len(truth)
        assert made.persons == len(read(tmp_path / "truth/persons.csv"))
        assert set(truth["person_id"]) <= set(
            read(tmp_path / "truth/persons.csv")["person_id"]
        )

    def test_readme_shows_real_lines(self, tmp_path: Path) -> None:
        generate(tmp_path / "landing", tmp_path / "truth", until=UNTIL)
        readme = (ROOT / "data_generators" / "README.md").read_text(encoding="utf-8")
        shown = re.findall(r"^```\n\S+,\S+\n(.+?)^```", readme, re.M | re.S)
        lines = {line for block in shown for line in block.splitlines()}
        real: set[str] = set()
        for path in tmp_path.rglob("*.csv"):
            real.update(path.read_text(encoding="utf-8").splitlines())
        assert len(lines) >= 8
        assert lines <= real

    @pytest.mark.parametrize("rows", [1, 2, 3, 10, 64])
    def test_any_size_works(self, rows: int, tmp_path: Path) -> None:
        for seed in (0, 1, 2**80):
            generate(tmp_path, tmp_path / "truth", rows, seed=seed, days=2)
            customers = read(tmp_path / "csv_customers.csv")
            assert len(customers) == rows

    def test_replace_only_their_own(self, tmp_path: Path) -> None:
        other = tmp_path / "landing" / "csv_customers_march.csv"
        other.parent.mkdir()
        other.write_text("kept")
        for seed in (1, 2):
            generate(
                tmp_path / "landing",
                tmp_path / "truth",
                20,
                seed=seed,
                systems=["csv", "hubspot"],
            )
        assert other.read_text() == "kept"
        assert set(digests(tmp_path)) == {
            "landing/csv_customers_march.csv",
            "landing/csv_customers.csv",
            "landing/csv_transactions.csv",
            "landing/hubspot/contacts.csv",
            "truth/effects.json",
            "truth/persons.csv",
            "truth/purchase_process.json",
            "truth/records.csv",
            "truth/sales.csv",
        }


class TestMistakes:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"customer_records": 0}, "1 or more"),
            ({"seed": -1}, "0 or more"),
            ({"until": date(1492, 10, 12)}, "1975 to 2200"),
            ({"days": 93}, "0 to 92"),
            ({"systems": ["csv", "sap"]}, "no system 'sap'. There are: csv, "),
        ],
    )
    def test_in_arguments(
        self, tmp_path: Path, arguments: dict[str, object], message: str
    ) -> None:
        with pytest.raises(UserError, match=message):
            generate(tmp_path / "landing", tmp_path / "truth", **arguments)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("email_nul=0.1", "no rate 'email_nul'. There are: "),
            ("sap.email_null=0.1", "no system 'sap'. There are: csv, "),
            ("email_null=lots", "between 0 and 1"),
            ("email_null=1.01", "between 0 and 1"),
            ("email_null", "between 0 and 1"),
            ("email_null=nan", "between 0 and 1"),
            ("shop.duplicates=0.95", "between 0 and 0.9"),
            ("resent=1", "leave no row for a person"),
        ],
    )
    def test_in_rates(self, tmp_path: Path, text: str, message: str) -> None:
        result = command_line(
            *("--mess", text),
            C360_HOME=str(tmp_path),
            C360_LANDING_DIR=str(tmp_path / "landing"),
        )
        assert result.returncode == 2
        assert message in " ".join(result.stderr.split())
        assert list(tmp_path.iterdir()) == []

    def test_a_file_where_the_folder_should_be(self, tmp_path: Path) -> None:
        (tmp_path / "landing").write_text("")
        with pytest.raises(UserError, match=r"cannot write files to .*landing"):
            generate(tmp_path / "landing", tmp_path / "truth", 5)

    def test_a_failure_leaves_the_earlier_files(self, tmp_path: Path) -> None:
        landing, truth = tmp_path / "landing", tmp_path / "truth"
        generate(landing, truth, 20, seed=1)
        before = digests(landing)
        (truth / "sales.csv").unlink()
        (truth / "sales.csv").mkdir()
        with pytest.raises(UserError, match=r"sales\.csv is a folder"):
            generate(landing, truth, 20, seed=2)
        assert digests(landing) == before

    def test_a_full_disk_leaves_the_earlier_files(self, tmp_path: Path) -> None:
        resource = pytest.importorskip("resource")  # not on Windows
        landing = tmp_path / "landing"
        generate(landing, tmp_path / "truth", 20, seed=1)
        before = digests(tmp_path)
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
        assert digests(tmp_path) == before


class TestRates:
    def test_hold_for_the_systems_without_one_of_their_own(self) -> None:
        rates = read_rates(["email_null=0.5", "shop.phone_null=0.7", "duplicates=0"])
        assert set(SYSTEM_RATES) == set(SYSTEMS)
        assert rates.of("csv").email_null == 0.5
        assert rates.of("insights").email_null == 0.5
        assert rates.of("shop").email_null == SYSTEM_RATES["shop"]["email_null"]
        assert rates.of("shop").phone_null == 0.7
        assert rates.of("csv").phone_null == 0.10

    def test_change_what_they_say_and_nothing_else(self, tmp_path: Path) -> None:
        for name, texts in (("usual", []), ("asked", ["hubspot.phone_null=0.9"])):
            generate(
                tmp_path / name,
                tmp_path / "truth",
                800,
                until=UNTIL,
                options=Options(read_rates(texts)),
            )
        usual, asked = digests(tmp_path / "usual"), digests(tmp_path / "asked")
        changed = {path for path in usual if usual[path] != asked[path]}
        assert changed == {"hubspot/contacts.csv"}
        phones = read(tmp_path / "asked/hubspot/contacts.csv")["phone"]
        assert (phones == "").mean() == pytest.approx(0.9, abs=0.06)

    def test_of_nothing_give_clean_data(self, tmp_path: Path) -> None:
        """No system has a fault that no rate is answerable for."""
        clean = {field.name: 0.0 for field in fields(MessRates)}
        rates = Rates(MessRates(**clean), {system: clean for system in SYSTEMS})
        generate(tmp_path, tmp_path / "truth", 600, until=UNTIL, options=Options(rates))
        for file, key, columns in (
            ("csv_customers.csv", "customer_id", ("email", "phone", "city")),
            ("csv_transactions.csv", "transaction_id", ("customer_id", "channel")),
            ("shop/Customers.csv", "CustomerID", ("Name", "Email")),
            ("shop/OnlineTransactions.csv", "OrderID", ("CustomerID", "DateTime")),
            ("dealer/dealership_customers.csv", "customer_id", ("email", "phone")),
            ("service/service_records.csv", "service_id", ("service_date",)),
            ("hubspot/contacts.csv", "contact_id", ("email", "first_name")),
        ):
            rows = read(tmp_path / file)
            assert rows[key].is_unique
            assert not rows.duplicated().any()
            real = rows[rows["email"] != "test@test.com"] if "email" in rows else rows
            for column in columns:
                values = real[column]
                assert (values != "").all(), (file, column)
                assert (values == values.str.strip()).all()
                if column.lower() == "email":
                    assert values.str.fullmatch(r"[a-z0-9._-]+@[a-z0-9.-]+").all()
        online = read(tmp_path / "shop/OnlineTransactions.csv")
        assert online["Amount"].str.fullmatch(r"\d+\.\d\d").all()
        assert (
            online["Status"]
            .isin(["Completed", "Pending", "Cancelled", "Refunded", "Failed"])
            .all()
        )

    def test_of_one_everywhere_still_give_files(self, tmp_path: Path) -> None:
        kept = {"duplicates": 0.5, "resent": 0.1, "corrected": 0.1}
        worst = {field.name: 1.0 for field in fields(MessRates)} | kept
        rates = Rates(MessRates(**worst), {system: worst for system in SYSTEMS})
        generate(
            tmp_path,
            tmp_path / "truth",
            60,
            until=UNTIL,
            days=2,
            options=Options(rates),
        )
        assert len(read(tmp_path / "csv_customers.csv")) == 60
