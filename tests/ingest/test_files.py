"""Files with everything that is wrong with files, into a real database."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from customer360 import ingest

from .loads import many
from .shop import Shop

HEADER = b"id,name,city\n"
GOOD = ("1", "Ann", "Rome")
NEVER_CLOSED = "a quote is opened and never closed, or not within 1048576 bytes"

LOADED: dict[str, tuple[bytes, list[tuple], list[tuple]]] = {
    "plain": (HEADER + b"1,Ann,Rome\n", [GOOD], []),
    "no newline at the end": (HEADER + b"1,Ann,Rome", [GOOD], []),
    "CRLF": (b"id,name,city\r\n1,Ann,Rome\r\n", [GOOD], []),
    "lone CR": (b"id,name,city\r1,Ann,Rome\r", [GOOD], []),
    "byte order mark": (b"\xef\xbb\xbf" + HEADER + b"1,Ann,Rome\n", [GOOD], []),
    "byte order mark before a quoted header": (
        b'\xef\xbb\xbf"id","name","city"\n1,Ann,Rome\n',
        [GOOD],
        [],
    ),
    "semicolons": (b"id;name;city\n1;Ann;Rome\n", [GOOD], []),
    "tabs": (b"id\tname\tcity\n1\tAnn\tRome\n", [GOOD], []),
    "bars": (b"id|name|city\n1|Ann|Rome\n", [GOOD], []),
    "semicolons, commas in the header's names": (
        b'"id";"name";"city";"a,b,c,d"\n1;Ann;Rome;x\n',
        [GOOD],
        [],
    ),
    "header trimmed, of mixed case, in another order": (
        b" CITY ,Id,\tName\nRome,1,Ann\n",
        [GOOD],
        [],
    ),
    "null and empty": (
        HEADER + b'1,,""\n2,"",\n',
        [("1", None, ""), ("2", "", None)],
        [],
    ),
    "quoted: delimiters, line breaks, quotes": (
        HEADER + b'1,"Ann, the ""1st""","Ro\r\nme\n\n\\.\nx"\n2,Bo,"\\."\n',
        [("1", 'Ann, the "1st"', "Ro\r\nme\n\n\\.\nx"), ("2", "Bo", "\\.")],
        [],
    ),
    "ordinary quotes": (
        HEADER + b'1,Dwayne "Rock" J,6"\n2,"x"",y",a"b""c\n',
        [("1", 'Dwayne "Rock" J', '6"'), ("2", 'x",y', 'a"b""c')],
        [],
    ),
    "ordinary quotes beside quoted fields": (
        HEADER + b'1,6",""\n2,6","a,""b""\n,"\n3,,6"\n',
        [("1", '6"', ""), ("2", '6"', 'a,"b"\n,'), ("3", None, '6"')],
        [],
    ),
    "backslashes and what COPY could take for its end": (
        HEADER + b"1,\\N,\\.\n2,\\t,a\\\n",
        [("1", "\\N", "\\."), ("2", "\\t", "a\\")],
        [],
    ),
    "blank lines": (b"\n\r\n" + HEADER + b"\n1,Ann,Rome\n\n\n", [GOOD], []),
    "formulas and injections are only text": (
        HEADER + b"1,=1+1,'); drop table raw.shop_people; --\n",
        [("1", "=1+1", "'); drop table raw.shop_people; --")],
        [],
    ),
    "beyond the basic plane": (
        HEADER + "1,Zoë 😀,東京\n".encode(),
        [("1", "Zoë 😀", "東京")],
        [],
    ),
    "ragged": (
        HEADER + b"1,Ann\n1,Ann,Rome\n2,Bo,Oslo,x\n3\n",
        [GOOD],
        [
            (2, 1, "expected 3 fields, found 2", b"1,Ann"),
            (4, 3, "expected 3 fields, found 4", b"2,Bo,Oslo,x"),
            (5, 4, "expected 3 fields, found 1", b"3"),
        ],
    ),
    "NUL": (
        HEADER + b"1,Ann,Rome\n2,B\0o,Oslo\n3,\0\n",
        [GOOD],
        [(3, 2, "NUL byte", b"2,B\0o,Oslo"), (4, 3, "NUL byte", b"3,\0")],
    ),
    "bad UTF-8": (
        HEADER + b"1,Ann,Rome\n2,Zo\xeb,Oslo\n3,\xed\xa0\x80,x\n\xc3\n",
        [GOOD],
        [
            (3, 2, "not valid utf-8", b"2,Zo\xeb,Oslo"),
            (4, 3, "not valid utf-8", b"3,\xed\xa0\x80,x"),
            (5, 4, "not valid utf-8", b"\xc3"),
        ],
    ),
    "an unbalanced quote in the middle": (
        HEADER + b'0,"Al,Bonn\n1,Ann,Rome\n2,"Bo",Oslo\n',
        [GOOD, ("2", "Bo", "Oslo")],
        [(2, 1, "text follows a closing quote", b'0,"Al,Bonn')],
    ),
    "an unbalanced quote at the end": (
        HEADER + b'1,Ann,Rome\n2,Bo,"Oslo\n3,Cy,Pisa\n',
        [GOOD, ("3", "Cy", "Pisa")],
        [(3, 2, NEVER_CLOSED, b'2,Bo,"Oslo')],
    ),
    "an unbalanced quote, and more lines than a record may have bytes": (
        HEADER + b'0,"Al,Bonn\n' + b"1,Ann,Rome\n" + b"9,,\n" * 270_000,
        [GOOD] + [("9", None, None)] * 270_000,
        [(2, 1, NEVER_CLOSED, b'0,"Al,Bonn')],
    ),
    "an endless line": (
        HEADER + b"0," + b"x" * 3_000_000 + b"\n1,Ann,Rome\n",
        [GOOD],
        [
            (
                2,
                1,
                "longer than 1048576 bytes: only its beginning is kept here",
                b"0," + b"x" * (1048576 - 2),
            )
        ],
    ),
    "text after a closing quote": (
        HEADER + b'0,"Al"x,Bonn\n1,Ann,Rome\n',
        [GOOD],
        [(2, 1, "text follows a closing quote", b'0,"Al"x,Bonn')],
    ),
    "line numbers are physical": (
        HEADER + b'1,Ann,Rome\n\n2,"B\r\n\r\no",x\n3\n',
        [GOOD, ("2", "B\r\n\r\no", "x")],
        [(7, 3, "expected 3 fields, found 1", b"3")],
    ),
    "empty keys": (
        HEADER + b'1,Ann,Rome\n,x,y\n"",x,y\n  ,x,y\n" \t",x,y\n,"a\nb",y\n',
        [GOOD],
        [
            (3, 2, "empty key: id", b",x,y"),
            (4, 3, "empty key: id", b'"",x,y'),
            (5, 4, "empty key: id", b"  ,x,y"),
            (6, 5, "empty key: id", b'" \t",x,y'),
            (7, 6, "empty key: id", b',"a\nb",y'),
        ],
    ),
    "all rows bad": (
        HEADER + b"1\n2\n",
        [],
        [
            (2, 1, "expected 3 fields, found 1", b"1"),
            (3, 2, "expected 3 fields, found 1", b"2"),
        ],
    ),
    "header only": (HEADER, [], []),
    "header without a line end": (b"id,name,city", [], []),
    "empty": (b"", [], []),
    "a byte order mark and nothing else": (b"\xef\xbb\xbf", [], []),
    "nothing but blank lines": (b"\n\r\n\r", [], []),
}


def test_files_are_loaded_and_every_record_accounted_for(shop: Shop) -> None:
    for number, (kind, (content, rows, quarantined)) in enumerate(LOADED.items()):
        name = f"people{number}.csv"
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
        assert shop.manifest()[-1] == (name, "loaded", *counts), kind
        for reason, count in Counter(fault[2] for fault in quarantined).items():
            assert f"{reason} ({count:,})" in result.message, kind
    # each of them once, beside all others, and nowhere else
    kinds = LOADED.values()
    assert len(shop.people()) == sum(len(rows) for _, rows, _ in kinds)
    assert len(shop.quarantine()) == sum(len(faults) for *_, faults in kinds)
    assert shop.filled_tables() == {"shop_people"}


FAILED = {
    "no key column": (b"name,city\nAnn,Rome\n", "the key column id of raw.shop_people"),
    "no header at all": (b"4711,Ann Secret,Rome\n", "the key column id"),
    "the key column twice": (b"id,name, ID\n1,Ann,2\n", "key column ID more than once"),
    "NUL in the header": (b"id,na\0me,city\n1,Ann,Rome\n", "encoding"),
    "another encoding in the header": (
        "id,name,city,имя\n1,2,3,4\n".encode("cp1251"),
        "not utf-8: declare",
    ),
    "a quote out of place in the header": (b'id,"name,city\n1,Ann,Rome\n', "quote"),
    "quotes that never close, on every line": (
        HEADER + (b'1x","' + b"y" * 300 + b"\n") * 20_000,
        "never close",
    ),
}


def test_files_that_are_no_good_leave_nothing_but_the_reason(shop: Shop) -> None:
    for kind, (content, reason) in FAILED.items():
        shop.write("people.csv", content)
        result = shop.load("people.csv")
        assert result.state == "failed", kind
        assert reason in result.message, kind
        assert "Secret" not in result.message and "4711" not in result.message
        assert "\n" not in result.message
        assert shop.people() == [], kind
        assert shop.quarantine() == [], kind
        assert shop.manifest()[-1] == ("people.csv", "failed", 0, 0, 0), kind
        [(said,)] = shop.query(
            "select message from ops.load_manifest order by file_id desc limit 1"
        )
        assert said == result.message


def test_lineage_says_where_each_row_came_from(shop: Shop) -> None:
    shop.write("shop/people.csv", HEADER + b"1,Ann,Rome\nbad\n\n2,Bo,Oslo\n")
    shop.load("shop/people.csv", batch_id=7)
    assert shop.query(
        "select id, _source_file, _row_number, _batch_id, _extra, "
        "_loaded_at between now() - interval '5 minutes' and now() "
        "from raw.shop_people order by id"
    ) == [
        ("1", "shop/people.csv", 1, 7, None, True),
        ("2", "shop/people.csv", 3, 7, None, True),
    ]
    assert len(shop.query("select distinct _loaded_at from raw.shop_people")) == 1


def test_unknown_columns_are_kept_and_missing_ones_null(shop: Shop) -> None:
    shop.write(
        "people.csv",
        'Loyalty "Club",id,,name\n"gold ""1""",1,x,An"n\n,2,"",Bo\n"a\nb",3,,\n',
    )
    result = shop.load("people.csv")
    assert 'kept in _extra: Loyalty "Club", column 3' in result.message
    assert "loaded as null: city" in result.message
    assert shop.query("select id, name, city, _extra from raw.shop_people") == [
        ("1", 'An"n', None, {'Loyalty "Club"': 'gold "1"', "column 3": "x"}),
        ("2", "Bo", None, {'Loyalty "Club"': None, "column 3": ""}),
        ("3", None, None, {'Loyalty "Club"': "a\nb", "column 3": None}),
    ]


def test_a_column_that_is_there_twice_is_kept_apart(shop: Shop) -> None:
    shop.write("people.csv", "id,name,Na-Me,x,X,,NAME,\n1,Ann,Anna,a,b,c,d,e\n")
    result = shop.load("people.csv")
    assert "more than once, of which the first counts: Na-Me, X, NAME" in result.message
    [(name, extra)] = shop.query("select name, _extra from raw.shop_people")
    assert name == "Ann"
    assert extra == {
        "Na-Me (2)": "Anna",
        "x": "a",
        "X (2)": "b",
        "column 6": "c",
        "NAME (3)": "d",
        "column 8": "e",
    }


def test_a_field_of_10_mb_and_a_line_of_100_mb_cost_no_other(shop: Shop) -> None:
    with (shop.landing / "people.csv").open("wb") as file:
        file.write(HEADER + b"1,Ann,Rome\n" + b'2,"' + b"x" * 10_000_000 + b'",y\n')
        file.write(b"3,Bo,Oslo\n4,")
        for _ in range(100):
            file.write(b"z" * 1_000_000)
        file.write(b'\n5,Cy,"Bonn"\n')
    result = shop.load("people.csv")
    assert [row[0] for row in shop.people()] == ["1", "3", "5"]
    assert (result.rows_loaded, result.rows_quarantined) == (3, 2)
    assert shop.quarantine() == [
        (3, 2, NEVER_CLOSED, b'2,"' + b"x" * ((1 << 20) - 3)),
        (
            5,
            4,
            "longer than 1048576 bytes: only its beginning is kept here",
            b"4," + b"z" * ((1 << 20) - 2),
        ),
    ]


def test_a_quote_never_closed_in_a_large_file_costs_its_record_only(
    shop: Shop,
) -> None:
    rows, middle = 600_000, 300_000
    lines = many(rows).splitlines()
    lines[middle] = b'77,"never closed,x'
    lines[rows] = b'88,"nor this'
    shop.write("people.csv", b"\n".join(lines))
    result = shop.load("people.csv")
    assert (result.rows_loaded, result.rows_quarantined) == (rows - 2, 2)
    assert shop.quarantine() == [
        (middle + 1, middle, NEVER_CLOSED, lines[middle]),
        (rows + 1, rows, NEVER_CLOSED, lines[rows]),
    ]
    assert shop.query(
        "select count(*), count(distinct _row_number) from raw.shop_people "
        "where _row_number = id::int + 1"
    ) == [(rows - 2, rows - 2)]


def test_declared_headers_and_quoted_column_names(shop: Shop) -> None:
    shop.write("ORDERS.CSV", "line no,orderno,AMOUNT\n1,A,5\n,A,6\n2,,7\n")
    result = shop.load("ORDERS.CSV")
    assert result.rows_loaded == 1
    assert shop.query('select order_no, line, "Amount" from raw.shop_orders') == [
        ("A", "1", "5")
    ]
    assert [reason for _, _, reason, _ in shop.quarantine()] == [
        "empty key: line",
        "empty key: order_no",
    ]


def test_latin_1_as_declared(shop: Shop) -> None:
    raw = "id;name\n1;Zoë\n2;ragged;€\n".encode("cp1252")
    shop.write("latin.csv", raw)
    shop.load("latin.csv")
    assert shop.query("select id, name from raw.shop_latin") == [("1", "Zoë")]
    assert shop.quarantine()[0][3] == b"2;ragged;\x80"


@pytest.mark.parametrize(
    ("codec", "mark"),
    [
        ("utf-16-le", b""),
        ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b"\xfe\xff"),
    ],
)
def test_utf_16_with_and_without_mark(shop: Shop, codec: str, mark: bytes) -> None:
    text = "id,name\r\n1,Zoë 😀\r\n2,ragged,ë\r\n3,half \ud83d\r\n"
    shop.write("wide.csv", mark + text.encode(codec, "surrogatepass"))
    result = shop.load("wide.csv")
    assert shop.query("select id, name from raw.shop_wide") == [("1", "Zoë 😀")]
    assert shop.quarantine() == [
        (3, 2, "expected 2 fields, found 3", "2,ragged,ë".encode(codec)),
        (4, 3, "not valid utf-16", "3,half \ud83d".encode(codec, "surrogatepass")),
    ]
    assert (result.rows_read, result.rows_loaded) == (3, 1)


def test_utf_16_that_ends_within_a_character(shop: Shop) -> None:
    shop.write("wide.csv", "id,name\n1,Zoë".encode("utf-16")[:-1])
    result = shop.load("wide.csv")
    assert result.state == "failed" and "incomplete" in result.message


def test_a_utf_16_mark_overrides_the_declared_encoding(shop: Shop) -> None:
    shop.write("people.csv", "id,name,city\n1,Ann,Rome\n".encode("utf-16"))
    assert shop.load("people.csv").state == "loaded"
    assert shop.people() == [GOOD]


def test_a_file_name_is_only_a_name(shop: Shop) -> None:
    name = 'x"; drop table raw.a; --.csv'
    with shop.admin() as connection:
        connection.execute("create table raw.a ()")
    shop.write(name, HEADER + b"1,Ann,Rome\n")
    assert shop.load(name).state == "loaded"
    assert shop.query("select _source_file from raw.shop_people") == [(name,)]
    assert shop.query("select to_regclass('raw.a') is not null") == [(True,)]
    odd = "people 'x' $1 %s \n[red] 😀.csv"
    shop.write(odd, HEADER + b"2,Bo,Oslo\n")
    assert shop.load(odd).state == "loaded"
    assert (odd,) in shop.query("select _source_file from raw.shop_people")


def test_a_file_name_that_is_not_text(shop: Shop) -> None:
    path = os.fsencode(shop.landing) + b"/people\xff.csv"
    Path(os.fsdecode(path)).write_bytes(HEADER + b"1,Ann,Rome\n")
    assert shop.load("people\\xff.csv").state == "loaded"


def test_a_file_that_vanished_is_a_failed_file(shop: Shop) -> None:
    path = shop.write("people.csv", HEADER)
    [file] = ingest.discover(shop.settings)
    path.unlink()
    [result] = ingest.load_files(shop.settings, [file], batch_id=1)
    assert (result.state, result.message) == ("failed", "is no longer there.")
