"""JSON files with everything that is wrong with JSON files, into a real database."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from .shop import Shop

ANN = ("1", "Ann", "Rome")
BO = ("2", "Bo", None)

PRETTY = """[
  {
    "id": 1,
    "name": "Ann",
    "city": "Rome"
  },
  {
    "name": "Bo",
    "id": 2
  }
]
"""

LOADED: dict[str, tuple[str | bytes, list[tuple], list[tuple]]] = {
    "lines": (
        '{"id":1,"name":"Ann","city":"Rome"}\n{"id":2,"name":"Bo"}\n',
        [ANN, BO],
        [],
    ),
    "an array": (
        '[{"id":1,"name":"Ann","city":"Rome"},{"id":2,"name":"Bo"}]',
        [ANN, BO],
        [],
    ),
    "an array over many lines": (PRETTY, [ANN, BO], []),
    "mongoexport --pretty": (
        PRETTY[1:-2].replace("\n  ", "\n").replace("},", "}"),
        [ANN, BO],
        [],
    ),
    "with a mark": (("\ufeff" + PRETTY).encode(), [ANN, BO], []),
    "UTF-16": (PRETTY.encode("utf-16"), [ANN, BO], []),
    "names in another case, with blanks": (
        '{" ID ":1,"Na_me":"Ann","CITY":"Rome"}',
        [ANN],
        [],
    ),
    "an empty array": ("[]", [], []),
    "nothing": ("", [], []),
    "every kind of value": (
        '{"id":1.50,"name":true,"city":null}\n{"id":-1E+5,"name":false,"city":""}\n'
        '{"id":%s,"name":"a\\nb\\"c\\",\\\\.","city":"\\ud83d\\ude00"}' % ("9" * 60),
        [
            ("-1E+5", "false", ""),
            ("1.50", "true", None),
            ("9" * 60, 'a\nb"c",\\.', "😀"),
        ],
        [],
    ),
    "values within values": (
        '{"id":1,"name":{"first": "Ann",\n "n": 1.0},"city":[1, [2], {}]}\n',
        [("1", '{"first": "Ann",\n "n": 1.0}', "[1, [2], {}]")],
        [],
    ),
    "empty keys": (
        '{"id":1,"name":"Ann","city":"Rome"}\n{"name":"x"}\n{"id":null,"name":"y"}\n'
        '{"id":" \\t","name":"z"}\n{"id":""}\n',
        [ANN],
        [
            (2, 2, "empty key: id", b'{"name":"x"}'),
            (3, 3, "empty key: id", b'{"id":null,"name":"y"}'),
            (4, 4, "empty key: id", b'{"id":" \\t","name":"z"}'),
            (5, 5, "empty key: id", b'{"id":""}'),
        ],
    ),
    "nothing that is declared": (
        '{"id":1,"name":"Ann","city":"Rome"}\n{"x":1}\n{}\n',
        [ANN],
        [
            (2, 2, "none of the declared columns", b'{"x":1}'),
            (3, 3, "none of the declared columns", b"{}"),
        ],
    ),
    "keys twice": (
        '{"id":1,"name":"Ann","city":"Rome"}\n{"id":2,"id":3}\n{"id":4,"ID":5}\n'
        '{"id":6,"x":{"a":1,"a":2}}\n',
        [ANN],
        [
            (2, 2, "a key is there twice", b'{"id":2,"id":3}'),
            (3, 3, "a column is there twice", b'{"id":4,"ID":5}'),
            (4, 4, "a key is there twice", b'{"id":6,"x":{"a":1,"a":2}}'),
        ],
    ),
    "NUL": (
        b'{"id":1,"name":"A\\u0000"}\n{"id":2,"x":"A\\u0000"}\n{"id":3,"\\u0000":"A"}\n'
        b'{"id":4,"x":{"y":"\\u0000"}}\n{"id":5,"name":"\\\\u0000"}\n'
        b'{"id":6,"name":"a\0"}\n{"id":7,"name":{"y":["\\u0000"]}}\n',
        [("5", "\\u0000", None)],
        [
            (1, 1, "NUL character", b'{"id":1,"name":"A\\u0000"}'),
            (2, 2, "NUL character", b'{"id":2,"x":"A\\u0000"}'),
            (3, 3, "NUL character", b'{"id":3,"\\u0000":"A"}'),
            (4, 4, "NUL character", b'{"id":4,"x":{"y":"\\u0000"}}'),
            (
                6,
                6,
                "not valid JSON: invalid control character",
                b'{"id":6,"name":"a\0"}',
            ),
            (7, 7, "NUL character", b'{"id":7,"name":{"y":["\\u0000"]}}'),
        ],
    ),
    "half characters": (
        b'{"id":1,"name":"\\ud800"}\n{"id":2,"name":"Zo\xeb"}\n'
        b'{"id":3,"x":"\\udc00"}\n{"id":4,"name":"\xc3\xa9"}\n'
        b'{"id":5,"name":{"\\udc00":1}}\n{"id":6,"name":["\xeb"]}\n'
        b'{"id":7,"\\udc00":1}\n{"id":8,"\xeb":"x"}\n',
        [("4", "é", None)],
        [
            (1, 1, "half a character (a lone surrogate)", b'{"id":1,"name":"\\ud800"}'),
            (2, 2, "not valid utf-8", b'{"id":2,"name":"Zo\xeb"}'),
            (3, 3, "half a character (a lone surrogate)", b'{"id":3,"x":"\\udc00"}'),
            (
                5,
                5,
                "half a character (a lone surrogate)",
                b'{"id":5,"name":{"\\udc00":1}}',
            ),
            (6, 6, "not valid utf-8", b'{"id":6,"name":["\xeb"]}'),
            (7, 7, "half a character (a lone surrogate)", b'{"id":7,"\\udc00":1}'),
            (8, 8, "not valid utf-8", b'{"id":8,"\xeb":"x"}'),
        ],
    ),
    "not JSON": (
        '{"id":1,"name":"Ann","city":"Rome"}\n{"id":7,\nhello\n{"id":2,"name":"Bo"} x\n'
        '{"id":3,"name":"never\n{"id":2,"name":"Bo"}\n',
        [ANN, BO],
        [
            (
                2,
                2,
                "not valid JSON: expecting property name enclosed in double quotes",
                b'{"id":7,\nhello',
            ),
            (4, 3, "text follows the object", b'{"id":2,"name":"Bo"} x'),
            (
                5,
                4,
                "not valid JSON: invalid control character",
                b'{"id":3,"name":"never',
            ),
        ],
    ),
    "deep": (
        f'{{"id":1,"x":{"[" * 100}1{"]" * 100}}}\n{{"id":2,"name":"Bo"}}',
        [BO],
        [
            (
                1,
                1,
                "nested more than 100 levels deep",
                b'{"id":1,"x":%b1%b}' % (b"[" * 100, b"]" * 100),
            )
        ],
    ),
    "too long": (
        '{"id":1,"name":"%s"}\n{"id":2,"name":"Bo"}' % ("x" * 10_000_000),
        [BO],
        [
            (
                1,
                1,
                "longer than 1048576 bytes: only its beginning is kept here",
                b'{"id":1,"name":"' + b"x" * (1048576 - 16),
            )
        ],
    ),
    "all of them bad": (
        "junk\n[1, 2\n{\n",
        [],
        [
            (1, 1, "not valid JSON: expecting value", b"junk"),
            (2, 2, "not an object", b"1"),
            (2, 3, "not an object", b"2"),
            (
                3,
                4,
                "not valid JSON: expecting property name enclosed in double quotes",
                b"{",
            ),
        ],
    ),
}


def test_files_are_loaded_and_every_record_accounted_for(shop: Shop) -> None:
    for number, (kind, (content, rows, quarantined)) in enumerate(LOADED.items()):
        name = f"people{number}.{'json' if number % 2 else 'jsonl'}"
        shop.write(name, content)
        result = shop.load(name)
        assert result.state == "loaded", (kind, result.message)
        assert shop.people(name) == rows, kind
        assert shop.quarantine(name) == quarantined, kind
        counts = (len(rows) + len(quarantined), len(rows), len(quarantined))
        assert counts == (
            result.rows_read,
            result.rows_loaded,
            result.rows_quarantined,
        ), kind
        for reason, count in Counter(fault[2] for fault in quarantined).items():
            assert f"{reason} ({count:,})" in result.message, kind
    # each of them once, beside all others, and nowhere else
    kinds = LOADED.values()
    assert len(shop.people()) == sum(len(rows) for _, rows, _ in kinds)
    assert len(shop.quarantine()) == sum(len(faults) for *_, faults in kinds)
    assert shop.filled_tables() == {"shop_people_json"}


def test_lineage_and_what_nobody_declared(shop: Shop) -> None:
    shop.write(
        "people.json",
        '{"id":1,"tags":["a", 1.0],"Loyalty \\"Club\\"":"gold","none":null}\n'
        '{"id":2}\n\n{"id":3,"vip":true,"n":1e999999,"tags":{"id":4}}\n',
    )
    result = shop.load("people.json")
    assert shop.query(
        "select id, _source_file, _row_number, _extra from raw.shop_people_json "
        "order by id"
    ) == [
        (
            "1",
            "people.json",
            1,
            {"tags": '["a", 1.0]', 'Loyalty "Club"': "gold", "none": None},
        ),
        ("2", "people.json", 2, None),
        ("3", "people.json", 3, {"vip": "true", "n": "1e999999", "tags": '{"id":4}'}),
    ]
    assert "not in the file, loaded as null: name, city" in result.message
    assert (
        'not declared, kept in _extra: tags, Loyalty "Club", none, vip, n'
        in result.message
    )


def test_names_that_nobody_can_read_are_told_as_what_they_are(shop: Shop) -> None:
    odd = "two\nlines\x1b[31m"
    shop.write("people.json", json.dumps({"id": 1, odd: 1, "\0": None}) + '\n{"id":2}')
    shop.write("people.csv", f'id,"{odd}"\n3,x\n')
    for name in ("people.json", "people.csv"):
        result = shop.load(name)
        assert result.state == "loaded"
        assert r"kept in _extra: two\nlines\x1b[31m" in result.message
        assert result.message.isprintable()
        # what no table can hold is not told as kept
        assert "x00" not in result.message
    assert [row[0] for row in shop.people()] == ["2", "3"]
    assert shop.query("select _extra from raw.shop_people") == [({odd: "x"},)]


FAILED = {
    "objects of another kind": ('{"a":1,"secret":2}\n{"id":1}', "2 members"),
    "what should be lines of it": ('{"people":[{"id":1}]}', "1 member."),
    "another format": ("id,secret\n" * 2000, "another format"),
    "brackets that never close, on every line": ('{"id":[\n' * 200_000, "never close"),
}


def test_files_that_are_no_good_leave_nothing_but_the_reason(shop: Shop) -> None:
    for kind, (content, reason) in FAILED.items():
        shop.write("people.json", content)
        result = shop.load("people.json")
        assert result.state == "failed", kind
        assert reason in result.message, kind
        assert "secret" not in result.message
        assert shop.query("select count(*) from raw.shop_people_json") == [(0,)], kind
        assert shop.quarantine() == [], kind


def test_an_array_that_is_cut_short_is_loaded_as_far_as_it_goes(shop: Shop) -> None:
    shop.write("people.json", PRETTY[: PRETTY.index('"id": 2')])
    result = shop.load("people.json")
    assert (result.rows_loaded, result.rows_quarantined) == (1, 1)
    assert "the array is never closed: is the file complete?" in result.message


@pytest.mark.parametrize("rows", [50_000])
def test_bad_records_by_the_thousand_among_good_ones(shop: Shop, rows: int) -> None:
    lines = [
        json.dumps({"id": k, "name": "é" * (k % 50), "x": [k]}, ensure_ascii=False)
        for k in range(rows)
    ]
    for k in range(0, rows, 4):
        lines[k] = lines[k][: -1 - k % 3]
    shop.write("people.json", "\n".join(lines))
    result = shop.load("people.json")
    assert (result.rows_read, result.rows_quarantined) == (rows, rows // 4)
    assert shop.query(
        "select count(*), count(distinct _row_number) from raw.shop_people_json "
        "where _row_number = id::int + 1 and _extra ->> 'x' = '[' || id || ']'"
    ) == [(rows * 3 // 4, rows * 3 // 4)]
    assert shop.query(
        "select count(*), bool_and(line_number = row_number) from ops.quarantine"
    ) == [(rows // 4, True)]
