"""A file that several tables claim and whose columns cannot be looked at."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from airflow.sdk.exceptions import AirflowFailException
from rich.console import Console

from customer360 import ingest
from customer360.errors import UserError
from customer360.pipeline import steps
from customer360.settings import Settings

from .shop import Shop

CONTACT = b'{"contactid": "1", "emailaddress1": "a@x.org"}\n'
EMPTY = {
    "no bytes": b"",
    "an empty array": b"[]",
    "blank lines": "\n \n".encode("utf-16"),
    "nothing, packed": gzip.compress(b""),
}
UNREADABLE = {
    "cut short": (gzip.compress(CONTACT)[:-9], "is a damaged or incomplete gzip"),
    "still open": (CONTACT, "is still being written: load it again when it is"),
}


@pytest.fixture
def contacts(database: Settings) -> Iterator[Callable[[bytes], Shop]]:
    """Write a `contacts.json`, which two systems claim, beside a good file; it stays
    open if it holds a contact."""
    with ExitStack() as stack:

        def write(content: bytes) -> Shop:
            shop = Shop(database)  # type: ignore[arg-type]
            shop.write("csv_customers.csv", "customer_id,email\n1,a@x.org\n")
            path = shop.write("contacts.json", content)
            if content == CONTACT:
                stack.enter_context(path.open("ab"))
            return shop

        yield write


def _loaded(shop: Shop) -> list[tuple[str, str]]:
    return shop.query(
        "select table_name, state from ops.load_manifest order by table_name"
    )


@pytest.mark.parametrize("kind", EMPTY)
def test_an_empty_file_for_two_tables_is_left_alone(
    contacts: Callable[[bytes], Shop], kind: str
) -> None:
    shop = contacts(EMPTY[kind])
    console = Console(record=True, file=io.StringIO())
    ingest.load_landing(shop.settings, console=console)
    assert _loaded(shop) == [("csv_customers", "loaded")]
    assert "left alone: contacts.json (empty)" in console.export_text()


@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_file_for_two_tables_that_cannot_be_read_fails_alone(
    contacts: Callable[[bytes], Shop], kind: str
) -> None:
    content, reason = UNREADABLE[kind]
    shop = contacts(content)
    with pytest.raises(UserError, match=f"^1 of 2 .*: contacts.json {reason}") as error:
        ingest.load_landing(shop.settings)
    assert "columns" not in str(error.value)
    assert _loaded(shop) == [
        ("csv_customers", "loaded"),
        ("dynamics_contacts", "failed"),
    ]


def test_a_file_for_two_tables_that_is_no_json_fails_alone(
    contacts: Callable[[bytes], Shop],
) -> None:
    shop = contacts(b'{"a": [' * 100_000)
    said = "contacts.json matches the patterns of both raw.dynamics_contacts and"
    with pytest.raises(UserError, match=f"^1 of 2 .*: {said}"):
        ingest.load_landing(shop.settings)


@pytest.mark.parametrize("kind", EMPTY | UNREADABLE)
def test_the_dag_loads_what_lies_beside_a_file_for_two_tables(
    contacts: Callable[[bytes], Shop], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    reason = UNREADABLE[kind][1] if kind in UNREADABLE else None
    shop = contacts(UNREADABLE[kind][0] if reason else EMPTY[kind])
    monkeypatch.setenv("C360_HOME", str(shop.settings.home))
    monkeypatch.setenv("C360_DATABASE_URL", shop.settings.database_url)
    params = {"mode": "append", "full_refresh": False, "as_of_date": None}
    params["landing"] = str(shop.landing)
    (portion,) = json.loads(json.dumps(steps.discover(params)))
    assert len(portion["units"]) == (2 if reason else 1)
    if reason:
        with pytest.raises(AirflowFailException, match=f"contacts.json {reason}"):
            steps.load(portion, params)
    else:
        steps.load(portion, params)
    assert ("csv_customers", "loaded") in _loaded(shop)


def test_overwrite_replaces_no_table_that_claims_a_file_which_cannot_be_read(
    contacts: Callable[[bytes], Shop],
) -> None:
    shop = contacts(b"")
    for name in ("dynamics/contacts.json", "dynamics/contacts_2.json"):
        shop.write(name, CONTACT + name.encode())
    shop.write("salesforce/contacts.json", '{"id": "1"}')
    ingest.load_landing(shop.settings)
    contacts(CONTACT)
    said = r"4 of 5 files failed: contacts.json is still .*; dynamics.* may belong"
    with pytest.raises(UserError, match=said):
        ingest.load_landing(shop.settings, mode="overwrite")
    assert shop.query(
        "select table_name, state, count(*)::int from ops.load_manifest "
        "where table_name <> 'csv_customers' group by 1, 2 order by 1, 2"
    ) == [
        ("dynamics_contacts", "failed", 3),
        ("dynamics_contacts", "loaded", 2),
        ("salesforce_contacts", "failed", 1),
        ("salesforce_contacts", "loaded", 1),
    ]
    assert shop.query(
        "select state from ops.load_manifest where table_name = 'csv_customers' "
        "order by batch_id"
    ) == [("replaced",), ("loaded",)]
