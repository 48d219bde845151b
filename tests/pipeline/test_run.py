"""`customer360 run`, as a person runs it: the DAG in process."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from customer360.pipeline.summary import render, summarise
from customer360.settings import Settings
from pipeline.shop import RECORDS, Shop

CUSTOMER360 = Path(sys.executable).with_name("customer360")
FAILING = "what_goes_in_is_set_aside_or_comes_out"

STATISTICS = """
    select 1 as pass, 'rarity' as statistic, field as subject, value_hash, rarity
    from intermediate.int_identity__field_rarities
    union all
    select 2, 'rarity', field, value_hash, rarity
    from intermediate.int_identity__second_field_rarities
    union all
    select 1, 'log_share', class, null, log_share
    from intermediate.int_identity__profile_shares
    union all
    select 2, 'log_share', class, null, log_share
    from intermediate.int_identity__second_shares
    union all
    select distinct 1, 'largest_block', null, null::bigint, largest_block::float
    from intermediate.int_identity__large_blocks
    union all
    select distinct 2, 'largest_block', null, null::bigint, largest_block::float
    from intermediate.int_identity__second_large_blocks
"""
"""What the profiles are like, as a build has found it."""


def customer360(
    shop: Shop, *args: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [CUSTOMER360, *args],
        env=shop.environment(**environment),
        cwd="/",
        capture_output=True,
        text=True,
    )


def published(shop: Shop) -> tuple[object, ...]:
    """What readers have: the run, how often anything was published, and the files."""
    return (
        shop.value("select run_id from published.publication"),
        shop.value("select count(*) from ops.publications", "admin"),
        {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in shop.settings.export_dir.iterdir()
        },
    )


def statistics_rest_on_the_newest_fit(shop: Shop) -> bool:
    """Whether what is remembered of the profiles is of the last build, and no more."""
    remembered = """
        select pass, statistic, subject, value_hash, amount
        from ops.identity_statistics
    """
    newest = "select fit_id from ops.identity_fits order by fitted_at desc limit 1"
    one, other = f"({remembered})", f"({STATISTICS})"
    others, kinds = (
        shop.value(f"select count({counted}) from {rows}", "admin")
        for counted, rows in [
            ("*", f"ops.identity_statistics where fit_id <> ({newest})"),
            ("distinct (pass, statistic)", f"{one} as found"),
        ]
    )
    differing = f"({one} except all {other}) union all ({other} except all {one})"
    return (others, kinds) == (0, 6) and shop.value(
        f"select count(*) from ({differing}) as rows", "admin"
    ) == 0


@pytest.fixture(scope="module")
def first_run(shop: Shop) -> subprocess.CompletedProcess[str]:
    done = customer360(shop, "run")
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def test_a_run_shows_its_steps_and_ends_with_a_summary(
    first_run: subprocess.CompletedProcess[str], shop: Shop
) -> None:
    out = first_run.stdout
    for step in ("start", "discover", "load", "dbt", "publish"):
        assert re.search(rf"^✓ {step} +\d+\.\d s", out, re.MULTILINE), step
    assert re.search(r"^… dbt \d+/\d+ \w+", out, re.MULTILINE), "dbt says how far it is"

    customers = shop.value("select count(*) from published.customer_360")
    revenue = shop.value("select sum(revenue) from published.fct_transactions")
    records = shop.value("select count(*) from published.bridge_customer_identities")
    assert f"{records:,} records → {customers:,} customers" in out
    assert f"{revenue:,.2f} revenue" in out
    assert re.search(r"Tests +\d+ passed +│", out), "none of them failed or warned"
    assert "Champions" in out and "Hibernating" in out
    assert str(shop.settings.export_dir) in out.replace("\n", "")
    assert "generated truth" not in out, "the truth here is not that of C360_HOME"

    # Airflow's talk is in the log, and nothing of it on the screen
    assert "airflow.sdk" not in out + first_run.stderr
    logs = sorted((shop.settings.home / "logs").glob("run-*.log"))
    assert "Completed successfully" in logs[-1].read_text()
    assert logs[-1].stat().st_mode & 0o077 == 0
    assert RECORDS * 0.9 < int(str(records)) <= RECORDS
    assert statistics_rest_on_the_newest_fit(shop)


def test_the_summary_scores_what_was_generated_against_its_truth(
    first_run: subprocess.CompletedProcess[str],
    shop: Shop,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = shop.settings
    truth = settings.landing_dir.parent / "truth"
    monkeypatch.setattr(Settings, "truth_dir", truth)
    found = summarise(settings)
    scores = found.scores
    assert scores is not None
    # of some fifty pairs in so few records
    assert scores.linked_pairs - scores.agreed_pairs <= 1, scores
    assert scores.f1 is not None and scores.f1 >= 0.95, scores
    line = (
        f"precision {scores.precision:.4f}, recall {scores.recall:.4f}, "
        f"F1 {scores.f1:.4f} over pairs, against the generated truth"
    )
    printed = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert line in printed
    assert "within csv" not in printed, "there is nothing else"

    more = dataclasses.replace(scores, records=2 * scores.records, agreed_pairs=1)
    console = Console(file=io.StringIO(), width=120)
    console.print(render(dataclasses.replace(found, scores=more), settings))
    printed = " ".join(console.file.getvalue().replace("│", " ").split())
    assert line not in printed
    assert f"{line.split(' over')[0]} over the pairs within csv" in printed


def test_a_file_that_cannot_be_loaded_stops_the_run_and_readers_keep_the_marts(
    first_run: subprocess.CompletedProcess[str], shop: Shop
) -> None:
    before = published(shop)
    bad = shop.settings.landing_dir / "csv_customers_late.csv"
    bad.write_text("name,email\nAnn Xenophon,ann@example.org\n")
    try:
        done = customer360(shop, "run")
    finally:
        bad.unlink()
    assert done.returncode == 2
    (error,) = done.stderr.splitlines()
    assert error.startswith(f"error: {bad.name} has no header with the key column")
    log = Path(re.search(r"\(Task load; log: (\S+)\)$", error)[1])
    assert bad.name in log.read_text()
    assert "Xenophon" not in error + done.stdout + log.read_text()
    assert "✓ dbt" not in done.stdout
    assert published(shop) == before


def test_a_failed_test_of_dbts_is_named_and_readers_keep_the_marts(
    first_run: subprocess.CompletedProcess[str], shop: Shop
) -> None:
    before = published(shop)
    # no loader does that: somebody else has written to raw
    shop.execute(
        "insert into raw.csv_customers (customer_id, _source_file, _row_number, "
        "_batch_id) values ('Nobody', 'by hand', 1, 1)"
    )
    try:
        done = customer360(shop, "run")
    finally:
        shop.execute("delete from raw.csv_customers where customer_id = 'Nobody'")
    assert done.returncode == 1
    (error,) = done.stderr.splitlines()
    assert error.startswith("error: dbt.build failed: ")
    assert f"{FAILING} failed (Got 1 result, configured to fail if != 0)" in error
    log = Path(error.rpartition("log: ")[2].rstrip(")"))
    assert FAILING in log.read_text()
    assert "Traceback" not in done.stdout
    assert "✓ publish" not in done.stdout
    assert published(shop) == before
    # it had got as far as that
    assert shop.value("select is_pending from ops.settlement", "publisher")


def test_a_run_after_that_loads_nothing_twice_and_exports_the_same_bytes(
    first_run: subprocess.CompletedProcess[str], shop: Shop
) -> None:
    before = published(shop)
    done = customer360(shop, "run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("loaded already") == 2
    assert "as they were published before" in done.stdout
    assert published(shop) == before
    runs = shop.settings.home / "airflow" / "runs"
    assert not list(runs.iterdir()), "a run cleans up after itself"
    # nor is anything told of what the failed run has remembered
    logs = sorted((shop.settings.home / "logs").glob("run-*.log"))
    assert "Took back the customer keys" in logs[-1].read_text()
    assert statistics_rest_on_the_newest_fit(shop)


def test_models_without_rows_are_fitted_to_nothing(
    first_run: subprocess.CompletedProcess[str], shop: Shop
) -> None:
    shop.execute("delete from ops.identity_fits")
    done = customer360(
        *(shop, "dbt", "run", "--empty", "--select", "int_identity__newest_fit")
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert shop.value("select count(*) from ops.identity_fits", "admin") == 0
