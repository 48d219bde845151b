"""Whether people can be found again over all systems, and how hard that is."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from data_generators import generate

from .files import read
from .resolver import pair_scores, resolve

# file, entity, id, names (given and family, or full), e-mail, telephone
SYSTEMS = (
    ("csv_customers.csv", "customers", "customer_id", "first_name last_name"),
    ("salesforce/contacts.json", "contacts", "Id", "FirstName LastName"),
    ("salesforce/leads.json", "leads", "Id", "FirstName LastName"),
    ("dynamics/contacts.json", "contacts", "contactid", "firstname lastname"),
    ("shop/Customers.csv", "customers", "CustomerID", "Name"),
    ("retail/customers.json", "customers", "customer_id", "full_name"),
    (
        "dealer/dealership_customers.csv",
        "customers",
        "customer_id",
        "first_name last_name",
    ),
    ("stripe/customers.jsonl", "customers", "id", "name"),
    ("hubspot/contacts.csv", "contacts", "contact_id", "first_name last_name"),
)
EMAIL = ("email", "Email", "emailaddress1")
PHONE = ("phone", "Phone", "telephone1")


def column(rows: pd.DataFrame, names: tuple[str, ...]) -> pd.Series:
    """The first of these columns that there is, else nothing."""
    found = [name for name in names if name in rows]
    return rows[found[0]] if found else pd.Series("", rows.index)


def contacts(landing: Path) -> pd.DataFrame:
    """What all systems say of people, in the resolver's columns."""
    parts = []
    for file, entity, key, names in SYSTEMS:
        system = file.partition("/")[0] if "/" in file else "csv"
        rows = read(landing / file).drop_duplicates(key)
        name = (rows[names.split()] + " ").sum(axis=1).str.strip()
        name = name.str.split(" ", n=1)
        parts.append(
            pd.DataFrame(
                {
                    "customer_id": f"{system}/{entity}/" + rows[key],
                    "first_name": name.str[0],
                    "last_name": name.str[1].fillna(""),
                    "email": column(rows, EMAIL),
                    "phone": column(rows, PHONE),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("generated")
    generate(folder / "landing", folder / "truth", until=date(2026, 6, 30))
    return folder


def test_rules_by_email_and_phone_find_most_and_need_guards(made: Path) -> None:
    records = contacts(made / "landing")
    truth = read(made / "truth/records.csv")
    truth.index = truth["system"] + "/" + truth["entity"] + "/" + truth["record_id"]
    person = truth["person_id"].loc[records["customer_id"]]
    precision, recall, _ = pair_scores(resolve(records, guards=True), person)
    assert precision >= 0.995
    # what shares no e-mail and no telephone is left for names and addresses
    assert 0.75 <= recall <= 0.9
    naive, _, _ = pair_scores(resolve(records, guards=False), person)
    assert naive < 0.5
