"""dbt typed by hand in dbt_project/, on both servers, and what is exported then."""

from __future__ import annotations

import csv
import dataclasses
import json
import random
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from dbt_workplace import PROJECT, Workplace

from customer360 import ingest
from customer360.identity.evaluate import against_truth
from customer360.ingest import declared_tables
from customer360.pipeline.dbt import prepare
from customer360.settings import Settings
from data_generators import generate

if TYPE_CHECKING:
    from tests.conftest import GivenServer


ANOTHER_COMPANYS = {
    "as_of_date": "2024-02-29",
    "block_pairs": 1000,
    "certain_weight": 6,
    "default_country": "DE",
    "deduplication_strategy": "merge",
    "earliest_year": 2010,
    "fit_records": 1000,
    "fresh_within_days": 5,
    "join_key": "phone",
    "latest_year": 2050,
    "match_probabilistically": False,
    "match_threshold": 2,
    "max_block_size": 100,
    "max_cluster_size": 100,
    "max_names_per_identifier": 3,
    "max_pairs_per_profile": 30,
    "max_profiles_per_value": 10,
    "min_pairs_per_profile": 3,
    "most_rarity": 2,
    "one_id_issuers": ["loyalty"],
    "random_pairs": 1000,
    "reporting_currency": "EUR",
    "review_threshold": 1,
    "rfm_segment_map": "vip",
    "secondary_join_keys": ["email"],
}
AS_ANOTHER_COMPANY = f"dbt build --vars '{json.dumps(ANOTHER_COMPANYS)}'"
# once on each server the SQL is tried on rows of its own
WITHOUT_UNIT_TESTS = "--exclude-resource-type unit_test"
BUILD = f"dbt build {WITHOUT_UNIT_TESTS}"
DATA_TESTS = f"dbt test {WITHOUT_UNIT_TESTS}"


@dataclasses.dataclass
class Session:
    """What somebody typed and saw, and what was exported in between."""

    workplace: Workplace
    outputs: dict[str, str] = dataclasses.field(default_factory=dict)
    """Command → output."""
    exports: dict[str, dict[str, bytes]] = dataclasses.field(default_factory=dict)
    """Moment → file name → content."""

    def types(self, command: str) -> None:
        code, output = self.workplace.shell(f"cd dbt_project && {command}")
        assert code == 0, output[-4000:]
        self.outputs[command] = output

    def publishes(self, moment: str) -> None:
        code, output = self.workplace.shell("customer360 publish && customer360 export")
        assert code == 0, output[-4000:]
        files = self.workplace.settings.export_dir.iterdir()
        self.exports[moment] = {file.name: file.read_bytes() for file in files}


@pytest.fixture(scope="module")
def files(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the generated 5,000 customer records."""
    folder = tmp_path_factory.mktemp("generated")
    generate(landing_dir=folder, truth_dir=server.truth_dir)
    return folder


@pytest.fixture(scope="module")
def on_embedded(workplace: Workplace, files: Path) -> Session:
    """Build and export; run, test and export once more."""
    session = Session(workplace)
    shutil.copytree(files, workplace.settings.landing_dir)
    ingest.load_landing(workplace.settings)
    session.types(BUILD)
    session.publishes("first")
    session.types("dbt run")
    session.types("dbt test")
    session.publishes("second")
    return session


@pytest.fixture(scope="module")
def on_postgres15(
    debian15: GivenServer, files: Path, tmp_path_factory: pytest.TempPathFactory
) -> Session:
    """Build with other vars and without any data, export; load shuffled files, run
    with our vars, test, export."""
    folder = tmp_path_factory.mktemp("postgres15_by_hand")
    debian15.create_user("analyst", "createrole")
    debian15.create_database("by_hand", "analyst")
    settings = Settings(
        home=folder / "home",
        database_url=debian15.url("analyst", "by_hand"),
        landing_dir=folder / "landing",
        export_dir=folder / "export",
    )
    prepare(settings)
    session = Session(Workplace(settings, folder))
    session.types(AS_ANOTHER_COMPANY)
    session.publishes("without data")
    for file in files.rglob("*"):
        if file.is_file():
            into = settings.landing_dir / file.relative_to(files)
            into.parent.mkdir(parents=True, exist_ok=True)
            shuffle(file, into)
    ingest.load_landing(settings)
    session.types("dbt run")
    session.types(DATA_TESTS)
    session.publishes("shuffled")
    return session


def shuffle(file: Path, into: Path) -> None:
    """Write the records of a file in another order."""
    order = random.Random(file.name)
    if file.suffix == ".csv":
        with file.open(encoding="utf-8", newline="") as read:
            header, *rows = csv.reader(read)
        order.shuffle(rows)
        with into.open("w", encoding="utf-8", newline="") as written:
            csv.writer(written).writerows([header, *rows])
        return
    text = file.read_text(encoding="utf-8")
    if text.startswith("["):
        objects = json.loads(text, parse_float=str)
        order.shuffle(objects)
        text = json.dumps(objects)
    else:
        lines = text.splitlines()
        order.shuffle(lines)
        text = "\n".join(lines)
    into.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("where", "command"),
    [
        ("on_embedded", BUILD),
        ("on_embedded", "dbt run"),
        ("on_embedded", "dbt test"),
        ("on_postgres15", AS_ANOTHER_COMPANY),
        ("on_postgres15", "dbt run"),
        ("on_postgres15", DATA_TESTS),
    ],
)
def test_nothing_to_complain_of(
    request: pytest.FixtureRequest, where: str, command: str
) -> None:
    output = request.getfixturevalue(where).outputs[command]
    done = re.search(r"Done\. PASS=\d+ WARN=0 ERROR=0 SKIP=0 .*", output)
    assert done, output[-4000:]
    # whatever else mentions them is one
    talk = output.replace(done[0], "").splitlines()
    assert [line for line in talk if re.search("warn|deprecat", line, re.I)] == []


def test_another_company_sets_every_var() -> None:
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())
    evaluations_own = {"identity_schema", "identity_link_only"}
    assert ANOTHER_COMPANYS.keys() == project["vars"].keys() - evaluations_own
    same = [
        name
        for name in ANOTHER_COMPANYS
        if ANOTHER_COMPANYS[name] == project["vars"][name]
    ]
    assert not same


def test_every_model_runs_on_nothing(on_postgres15: Session) -> None:
    rows = {
        name.removesuffix(".csv"): content.count(b"\n") - 1
        for name, content in on_postgres15.exports["without data"].items()
        if name.endswith(".csv")
    }
    assert {name: count for name, count in rows.items() if count} == {
        "dim_customers": 1,  # the unknown customer
        "rfm_segment_summary": 8,
        "load_summary": len(declared_tables(on_postgres15.workplace.settings)),
    }
    assert len(rows) >= 12


def test_the_same_again_gives_the_same_bytes(on_embedded: Session) -> None:
    assert_same(on_embedded.exports["first"], on_embedded.exports["second"])


def test_shuffled_files_give_the_same_bytes(
    on_embedded: Session, on_postgres15: Session
) -> None:
    """Not even another server and another release of it make a difference."""
    assert_same(on_embedded.exports["first"], on_postgres15.exports["shuffled"])


def assert_same(one: dict[str, bytes], other: dict[str, bytes]) -> None:
    assert one.keys() == other.keys()
    assert len(one) >= 13
    assert [name for name in one if one[name] != other[name]] == []


def test_records_resolve_to_the_persons_they_are_of(on_embedded: Session) -> None:
    settings = on_embedded.workplace.settings
    scores = against_truth(settings, "csv")
    assert scores
    assert scores.records >= 4_900
    assert scores.precision >= 0.995, scores
    assert scores.f1 >= 0.95, scores

    # what only a web site or a till knows has little to be found by
    scores = against_truth(settings)
    assert scores
    assert scores.records >= 20_000
    assert scores.precision >= 0.995, scores
    assert scores.f1 >= 0.75, scores
