"""What is wrong with connections.yml is told in one line, before anything is asked."""

from __future__ import annotations

from typing import Any

import pytest

from customer360.errors import UserError
from customer360.fetch import declared_connections

from .fetching import Fetching

API = {"base_url": "https://api.example.org/"}
TABLES = {"shop_people": {"path": "people"}}


def table(**options: Any) -> dict[str, Any]:
    return {"api": API, "tables": {"shop_people": {"path": "people", **options}}}


@pytest.mark.parametrize("text", ["", "connections:\n", "connections: {}\n"])
def test_nothing_need_be_declared(fetching: Fetching, text: str) -> None:
    assert declared_connections(fetching.shop.settings) == []
    fetching.file.write_text(text)
    assert declared_connections(fetching.shop.settings) == []
    with pytest.raises(UserError, match="No connection is declared"):
        fetching.fetch()


def test_dates_are_asked_for_as_they_are_written(fetching: Fetching) -> None:
    incremental = "{cursor_path: updated, initial_value: 2026-01-01T00:00:00Z}"
    fetching.file.write_text(
        "connections: {crm: {api: {base_url: x}, tables: {shop_people: "
        f"{{path: p, incremental: {incremental}}}}}}}}}"
    )
    [connection] = declared_connections(fetching.shop.settings)
    [table] = connection.tables
    assert table.incremental["initial_value"] == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", r"^connections\.yml, line \d is not valid YAML\.$"),
        ("- a", "is not laid out as connections are"),
        ("connections: [a]", "is not laid out as connections are"),
        ("connections: {crm: a}", "connection crm: it must have either api or databa"),
    ],
)
def test_what_is_not_laid_out_so(fetching: Fetching, text: str, message: str) -> None:
    fetching.file.write_text(text)
    with pytest.raises(UserError, match=message):
        declared_connections(fetching.shop.settings)


@pytest.mark.parametrize(
    ("connection", "message"),
    [
        ({"api": API, "database": "${A}", "tables": TABLES}, "either api or database"),
        ({"api": API, "tables": TABLES, "key": 1}, "either api or database"),
        ({"api": API, "tables": {}}, "it has no tables"),
        ({"api": {}, "tables": TABLES}, "an api needs a base_url"),
        ({"api": {**API, "session": 1}, "tables": TABLES}, "no session in an api"),
        (
            {"api": API, "tables": {"shop_none": {}}},
            r"no table raw\.shop_none: declare",
        ),
        ({"api": API, "tables": {"shop_people": {}}}, "it needs a path"),
        (
            {"api": API, "tables": {"shop_people": {"path": "p", "size": 1}}},
            "table shop_people: there is no size: only path, method",
        ),
        (
            {"database": "${A}", "tables": {"shop_people": {"path": "p"}}},
            "there is no path: only schema, table",
        ),
        (
            {
                "database": "${A}",
                "tables": {"shop_people": {"table": "t", "incremental": {"lag": 1}}},
            },
            "incremental needs a cursor_path",
        ),
        (
            {
                "database": "${A}",
                "tables": {
                    "shop_people": {
                        "table": "t",
                        "incremental": {"cursor_path": "c", "end_value": 1},
                    }
                },
            },
            "there is no end_value in incremental",
        ),
    ],
)
def test_what_can_t_be_fetched_so(
    fetching: Fetching, connection: dict[str, Any], message: str
) -> None:
    fetching.declare(crm=connection)
    with pytest.raises(UserError, match=message):
        declared_connections(fetching.shop.settings)


def test_a_name_that_is_none(fetching: Fetching) -> None:
    fetching.declare(**{"../crm": {"api": API, "tables": TABLES}})
    with pytest.raises(UserError, match="small letters, digits and underscores"):
        declared_connections(fetching.shop.settings)


@pytest.mark.parametrize(
    ("connection", "name"),
    [
        ({"api": {**API, "auth": {"type": "bearer", "token": "s-4711"}}}, "token"),
        ({"api": {**API, "auth": {"password": "s-4711"}}}, "password"),
        ({"api": {**API, "headers": {"Authorization": "s-4711"}}}, "Authorization"),
        (
            {"api": {"base_url": "https://me:s-4711@example.org"}},
            "the password in base",
        ),
        (
            {"api": {**API, "headers": {"Ocp-Apim-Subscription-Key": "s-4711"}}},
            "Ocp-Apim-Subscription-Key",
        ),
        (
            {"api": {**API, "auth": {"more": {"data": {"client_secret": "s-4711"}}}}},
            "client_secret",
        ),
        (
            {"api": {**API, "auth": {"access_token_url": "https://a:s-4711@b.org"}}},
            "the password in access_token_url",
        ),
        (
            {"api": {"base_url": "https://example.org/?a=b&api_key=s-4711"}},
            "api_key in base_url",
        ),
        ({"api": {**API, "headers": {"X-Api-Key": 4711}}}, "X-Api-Key"),
        (table(params={"key": "s-4711"}), "key"),
        (table(params={"auth[token]": "s-4711"}), r"auth\[token\]"),
        (table(params={"apiKey": ["${A}", "s-4711"]}), "apiKey"),
        (table(path="people?access_token=s-4711"), "access_token in path"),
        (table(json={"api_key": "s-4711"}), "api_key"),
        (table(json={"users": [{"userPassword": "s-4711"}]}), "userPassword"),
        (table(headers={"cookie": "session=s-4711"}), "cookie"),
        ({"database": "postgresql://me:s-4711@host/db"}, "database"),
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_told(
    fetching: Fetching, connection: dict[str, Any], name: str
) -> None:
    tables = connection.pop("tables", {"shop_people": {}})
    place = {"path": "p"} if "api" in connection else {"table": "t"}
    tables = {table: {**place, **more} for table, more in tables.items()}
    fetching.declare(crm={**connection, "tables": tables})
    with pytest.raises(UserError, match=rf"{name}.* must be \$\{{NAME\}}") as error:
        declared_connections(fetching.shop.settings)
    assert "s-4711" not in str(error.value)


@pytest.mark.parametrize(
    "connection",
    [
        {
            "api": {
                "base_url": "https://${USER}:${PASSWORD}@example.org/?key=${KEY}&a=b",
                "auth": {
                    "type": "api_key",
                    "name": "X-Api-Key",
                    "location": "header",
                    "api_key": "${KEY}",
                },
                "headers": {"Authorization": "Bearer ${TOKEN}", "Accept": "text/json"},
                "paginator": {"type": "header_cursor", "cursor_key": "X-Next"},
            }
        },
        {
            "api": {
                **API,
                "auth": {
                    "type": "oauth2_client_credentials",
                    "access_token": None,
                    "access_token_url": "https://example.org/token?type=key",
                    "client_secret": "${SECRET}",
                    "default_token_expiration": 3600,
                },
                "paginator": {"type": "header_link", "links_next_key": "next"},
            }
        },
        table(
            path="people?with=key&pageToken=1",
            params={"primary_key": "id", "sortKey": "name", "page[token]": 9},
            json={"include_token": True, "key": {"is": "id"}, "cursor": "token"},
            paginator={"type": "cursor", "cursor_path": "key", "cursor_param": "token"},
        ),
    ],
)
def test_what_only_looks_like_a_secret_may_be_written(
    fetching: Fetching, connection: dict[str, Any]
) -> None:
    fetching.declare(crm={"tables": TABLES, **connection})
    assert len(declared_connections(fetching.shop.settings)) == 1


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"auth": {"type": "none", "token": "${KEY}"}}, "does not take .* the auth"),
        ({"paginator": {"type": "none"}}, "does not take .* the paginator"),
    ],
)
def test_what_dlt_does_not_know_is_told_without_secrets(
    fetching: Fetching,
    monkeypatch: pytest.MonkeyPatch,
    more: dict[str, Any],
    message: str,
) -> None:
    monkeypatch.setenv("KEY", "s-4711")
    fetching.declare(crm={"api": {**API, **more}, "tables": TABLES})
    with pytest.raises(UserError, match=message) as error:
        fetching.fetch()
    assert "4711" not in str(error.value)
