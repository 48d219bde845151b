"""What `mongoexport` writes comes as plain values."""

from __future__ import annotations

import json

import pytest

from .shop import Shop

OID = "64f1a2b3c4d5e6f708192a3b"
INSTANT = "2026-01-01T00:00:00Z"


def load(shop: Shop, *documents: object) -> list[tuple[object, ...]]:
    text = "".join(f"{json.dumps(document)}\n" for document in documents)
    shop.write("people.jsonl", text)
    result = shop.load("people.jsonl")
    assert (result.state, result.rows_quarantined) == ("loaded", 0), result.message
    return shop.query(
        "select id, name, city, _extra from raw.shop_people_json order by _row_number"
    )


@pytest.mark.parametrize(
    ("wrapped", "value"),
    [
        ({"$oid": OID}, OID),
        ({"$date": INSTANT}, INSTANT),
        ({"$date": "2026-01-01T00:00:00.250Z"}, "2026-01-01T00:00:00.250Z"),
        ({"$date": {"$numberLong": "1767225600000"}}, INSTANT),
        ({"$date": {"$numberLong": "1767225600250"}}, "2026-01-01T00:00:00.250Z"),
        ({"$date": {"$numberLong": "-1"}}, "1969-12-31T23:59:59.999Z"),
        ({"$date": 1767225600000}, INSTANT),
        ({"$numberInt": "-7"}, "-7"),
        ({"$numberLong": "9223372036854775807"}, "9223372036854775807"),
        ({"$numberDouble": "12.10"}, "12.10"),
        ({"$numberDouble": "-Infinity"}, "-Infinity"),
        ({"$numberDecimal": "1E+3"}, "1E+3"),
        (
            {"$uuid": "00000000-0000-0000-0000-000000000001"},
            "00000000-0000-0000-0000-000000000001",
        ),
    ],
)
def test_a_wrapped_value_is_plain(shop: Shop, wrapped: object, value: str) -> None:
    document = {"_id": {"$oid": OID}, "name": wrapped, "more": wrapped}
    assert load(shop, document) == [(OID, value, None, {"more": value})]


@pytest.mark.parametrize(
    "kept",
    [
        {"$oid": "not an id"},
        {"$oid": OID, "more": 1},
        {"oid": OID},
        {"$date": "yesterday"},
        {"$date": {"$numberLong": "9" * 19}},
        {"$date": {"$numberLong": "1", "more": 1}},
        {"$date": True},
        {"$numberLong": ""},
        {"$numberDecimal": "1,5"},
        {"$ref": "people"},
        {"street": {"$oid": OID}},
        [{"$oid": OID}],
        {},
    ],
)
def test_what_may_mean_something_else_stays_as_it_is(shop: Shop, kept: object) -> None:
    text = json.dumps(kept)
    document = {"_id": "1", "name": kept, "more": kept}
    assert load(shop, document) == [("1", text, None, {"more": text})]


def test_an_export_with_and_without_wrappers_is_one_table(shop: Shop) -> None:
    assert load(
        shop,
        {"_id": {"$oid": OID}, "name": "Ann", "tags": ["a", {"$numberInt": "1"}]},
        {"_id": 7, "name": None, "city": {"$numberDouble": "1.5"}, "ok": True},
    ) == [
        (OID, "Ann", None, {"tags": '["a", {"$numberInt": "1"}]'}),
        ("7", None, "1.5", {"ok": "true"}),
    ]
