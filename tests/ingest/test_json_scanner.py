"""The JSON scanner: nothing is lost, nothing is doubled, however the bytes come."""

from __future__ import annotations

import json
import random
import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from customer360.ingest import json_scanner
from customer360.ingest.json_scanner import TOO_LONG, JsonRecord, JsonScanner
from customer360.ingest.json_text import MAX_DEPTH, as_written
from customer360.ingest.scanner import MAX_RECORD_BYTES, UnreadableText

LINES = "on a line each"
PRETTY = "over several lines"
ARRAY_OF_LINES = "an array, a line each"
PRETTY_ARRAY = "an array, over several lines"
ONE_LINE = "an array on one line"
FLAT = "an array, over several lines, not indented"
STYLES = [LINES, PRETTY, ARRAY_OF_LINES, PRETTY_ARRAY, ONE_LINE, FLAT]


def scanned(
    data: bytes, limit: int = MAX_RECORD_BYTES, block: int = 8 << 20
) -> tuple[list[JsonRecord], bool]:
    """The records, and whether an array was left open."""
    scanner = JsonScanner(max_record_bytes=limit)
    records = []
    for at in range(0, len(data), block):
        records += scanner.feed(data[at : at + block])
    return records + scanner.finish(), scanner.is_in_array


def written(texts: list[str], style: str) -> str:
    """Objects, each written in this style, as a file of this style."""
    if style in (LINES, PRETTY):
        return "".join(f"{text}\n" for text in texts)
    if style == ONE_LINE:
        return f"[{', '.join(texts)}]"
    indent = "  " if style == PRETTY_ARRAY else ""
    texts = [indent + text.replace("\n", f"\n{indent}") for text in texts]
    return "[\n" + ",\n".join(texts) + "\n]\n"


def dumped(value: object, style: str) -> str:
    indent = {PRETTY: 2, PRETTY_ARRAY: 2, FLAT: 0}.get(style)
    return json.dumps(value, indent=indent, ensure_ascii=False)


# few different tokens, so that they meet in every way
TOKENS = st.lists(
    st.sampled_from(
        [
            *('{"a":1}', '{"a":', '"a"', "{", "{", "}", "}", "[", "]", ",", ":", '"'),
            *("\n", "\n", "\r\n", "\r", " ", "\t", "\\", "1", "x", "é", "NaN"),
            *('{"a":"b"},', '{\n "a": 2\n},', "\n{", "\\u0000", '"\\ud800"', "},{"),
        ]
    ).map(str.encode)
    | st.sampled_from([b"\xff", b"\0", b"\xc3"]),
    max_size=30,
).map(b"".join)


@settings(max_examples=600, deadline=None)
@given(data=TOKENS, limit=st.integers(1, 60), block=st.integers(1, 70))
@example(data=b'[{"a":"' + b"x" * 60 + b'"},\n{"a":1}]', limit=20, block=1)
@example(data=b'{"a":1}\r\n\r\n{"a"', limit=40, block=10)
def test_any_bytes_in_any_blocks_are_the_same_records(
    data: bytes, limit: int, block: int
) -> None:
    whole = scanned(data, limit)
    assert scanned(data, limit, block) == whole
    # what stands between records and brackets of arrays is all that is not in one
    if not any(record.fault == TOO_LONG for record in whole[0]):
        nothing = rb"[ \t\r\n,\[\]]"
        kept = b"".join(record.raw for record in whole[0])
        assert re.sub(nothing, b"", kept) == re.sub(nothing, b"", data)
    for record in whole[0]:
        at = data.index(record.raw)  # the first place where it may be
        assert record.line >= 1 + len(re.findall(rb"\r\n?|\n", data[:at]))
        assert len(record.raw) <= limit or record.fault != TOO_LONG


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(
    objects=st.lists(
        st.dictionaries(st.text(max_size=5), VALUES, max_size=4), max_size=6
    ),
    style=st.sampled_from(STYLES),
    block=st.integers(1, 40),
)
def test_what_a_json_writer_writes_is_read_back(
    objects: list[dict], style: str, block: int
) -> None:
    text = written([dumped(value, style) for value in objects], style)
    records, is_open = scanned(text.encode("utf-8", "surrogatepass"), block=block)
    assert not is_open
    assert [record.fault for record in records] == [""] * len(objects)
    assert [json.loads(record.text) for record in records] == objects
    # also each member by itself, as it is written
    for record, value in zip(records, objects, strict=True):
        members = as_written(record.text)
        assert {name: json.loads(raw) for name, raw in members.items()} == value


def spoil(text: str, fault: str) -> str:
    """One valid object, made bad."""
    last = text.rindex("}")
    quote = text.rindex('"')
    return {
        "the brace is missing": text[:last],
        "a quote is missing": text[:quote] + text[quote + 1 :],
        "a quote too many": text.replace("NAME", 'NA"ME'),
        "two quotes too many": text.replace("NAME", 'N"A"ME'),
        "a comma too many": text[:last] + ",}",
        "a bare word": text[:last] + ', "z": undefined}',
        "a key twice": text[:last] + ', "id": 1}',
        "not a number": text[:last] + ', "z": NaN}',
        "cut": text[: len(text) // 2],
        "a brace too many": text + "}",
        "a bracket is missing": text[: text.rindex("]")] + text[text.rindex("]") + 1 :],
        "no JSON at all": "junk",
    }[fault]


FAULTS = [
    *("the brace is missing", "a quote is missing", "a quote too many"),
    *("two quotes too many", "a comma too many", "a bare word", "a key twice"),
    *("not a number", "cut", "a brace too many", "a bracket is missing"),
    "no JSON at all",
]


@settings(max_examples=400, deadline=None)
@given(
    style=st.sampled_from([LINES, PRETTY, ARRAY_OF_LINES, PRETTY_ARRAY, ONE_LINE]),
    faults=st.lists(st.none() | st.sampled_from(FAULTS), min_size=1, max_size=4),
    names=st.lists(
        st.sampled_from(["NAME", "NAME x", 'NAME \\ " é', "NAME [1"]), min_size=9
    ),
)
def test_a_bad_object_costs_no_good_one(
    style: str, faults: list[str | None], names: list[str]
) -> None:
    texts, expected, line = [], [], 1 + (style not in (LINES, PRETTY, ONE_LINE))
    # a good one before each, and at the end, as in files with few bad records
    if style == ONE_LINE:  # on one line, it closes what a brace missing left open
        faults = [fault for fault in faults if fault != "a brace too many"]
    kinds = [kind for fault in faults for kind in (None, fault)]
    for k, fault in enumerate([*kinds, None]):
        value = {"id": k, "name": names[k], "tags": [{"q": 1}, {"q": 2}], "last": "a"}
        text = dumped(value, style)
        texts.append(spoil(text, fault) if fault else text)
        expected.append((line, None if fault else str(k)))
        line += 0 if style == ONE_LINE else 1 + texts[-1].count("\n")
    records, _ = scanned(written(texts, style).encode())
    found = [(record.line, (record.members or {}).get("id")) for record in records]
    good = [(line, id_) for line, id_ in expected if id_]
    assert [(line, id_) for line, id_ in found if id_] == good
    # a broken one may come in more than one piece, but in no fewer
    assert {line for line, _ in found} >= {line for line, _ in expected}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("block", [1, 61, 4096, 1 << 20, 8 << 20])
def test_block_size_never_changes_a_large_file(style: str, block: int) -> None:
    texts = []
    for k in range(20_000 if block > 61 else 300):
        text = dumped({"id": k, "name": f"name {k} é", "tags": [k, {"x": "{"}]}, style)
        texts.append(spoil(text, FAULTS[k % len(FAULTS)]) if k % 1000 == 7 else text)
    data = written(texts, style).encode()
    assert scanned(data, 1 << 12, block) == scanned(data, 1 << 12, 65_521)


def test_lines_are_physical_whatever_ends_them() -> None:
    data = b'\n{"a":1}\r\n\r\n{"a":\r2,\n"b":3}\r{"a":4} {"a":5}\n\r\n[{"a":6}\r\n]'
    records, _ = scanned(data)
    assert [(r.number, r.line, r.members["a"]) for r in records if r.members] == [
        (1, 2, "1"),
        (2, 4, "2"),
        (3, 7, "4"),
        (4, 7, "5"),
        (5, 9, "6"),
    ]


def test_numbers_stay_as_they_are_written() -> None:
    data = b'{"a":1.10,"b":1E5,"c":-0,"d":%s,"e":1e999999}' % (b"9" * 5000)
    [record] = scanned(data)[0]
    assert record.members == {
        "a": "1.10",
        "b": "1E5",
        "c": "-0",
        "d": "9" * 5000,
        "e": "1e999999",
    }


REFUSED = {
    '{"a":1,"a":1}': "a key is there twice",
    '{"a":{"b":1,"b":2}}': "a key is there twice",
    '{"a":-Infinity}': "not valid JSON: NaN and Infinity are no numbers",
    '{"a":' + "[" * MAX_DEPTH + "]" * MAX_DEPTH + "}": "nested more than 100 levels",
    '{"a":' + "[" * 100_000 + "]" * 100_000 + "}": "nested more than 100 levels",
    '{"a":01}': "not valid JSON: expecting ',' delimiter",
    '{"a":"\t"}': "not valid JSON: invalid control character",
    '{"a":"\\x"}': "not valid JSON: invalid \\escape",
    "{'a':1}": "not valid JSON: expecting property name",
    '"a"': "not an object",
    "null": "not an object",
    '{"a":1} // x': "text follows the object",
    '{"a":1}}': "text follows the object",
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:20])
def test_what_can_not_be_kept_is_a_bad_record_and_the_reason_is_told(text: str) -> None:
    for before, after in (("", ""), ('{"a":7}\n', '\n{"a":8}'), ("[\n", "\n]")):
        records, is_open = scanned(f"{before}{text}{after}".encode())
        bad = [record for record in records if record.members is None]
        assert [record.text for record in bad] == [text]
        assert bad[0].fault.startswith(REFUSED[text])
        assert [r.members for r in records if r.members] == (
            [{"a": "7"}, {"a": "8"}] if "7" in before else []
        )
        assert not is_open


def test_values_of_an_array_that_are_no_objects_are_bad_records() -> None:
    records, _ = scanned(b'[1, [2, {"a":0}], {"a":3}, "x", {"a":4}]')
    assert [(r.text, r.members) for r in records] == [
        ("1", None),
        ('[2, {"a":0}]', None),
        ('{"a":3}', {"a": "3"}),
        ('"x"', None),
        ('{"a":4}', {"a": "4"}),
    ]


@pytest.mark.parametrize("depth", [MAX_DEPTH - 1, MAX_DEPTH])
def test_depth_is_counted_outside_strings(depth: int) -> None:
    text = '{"a":' + "[" * depth + '"[[[[{{{{"' + "]" * depth + "}"
    [record] = scanned(text.encode())[0]
    assert bool(record.fault) == (depth == MAX_DEPTH)


@pytest.mark.parametrize("style", STYLES)
def test_a_record_beyond_the_limit_is_read_to_its_end(style: str) -> None:
    texts = [dumped({"id": k, "x": "y" * 5000 * (k == 1)}, style) for k in range(3)]
    inner = [dumped({"id": k, "x": [{"q": k}] * 900 * (k == 1)}, style) for k in (0, 1)]
    for records, _ in (
        scanned(written(texts, style).encode(), 500, block) for block in (1, 77, 9999)
    ):
        assert [(r.number, r.fault, len(r.raw)) for r in records[1:2]] == [
            (2, TOO_LONG, 500)
        ]
        assert [r.members["id"] for r in records if r.members] == ["0", "2"]
    if style != FLAT:  # there an inner object begins like a record
        records, _ = scanned(written([*inner, texts[2]], style).encode(), 500)
        assert [r.fault for r in records] == ["", TOO_LONG, ""]


def test_a_file_cut_short_loses_its_last_record_only() -> None:
    whole = written([dumped({"id": k}, PRETTY_ARRAY) for k in range(9)], PRETTY_ARRAY)
    for length in range(whole.index("8") - 3, len(whole) - 2):
        records, is_open = scanned(whole[:length].encode())
        assert is_open
        assert [r.members["id"] for r in records if r.members][:8] == list("01234567")
        assert len(records) <= 9


def test_brackets_that_never_close_stop_the_reading_early(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(json_scanner, "REREAD_BYTES", 1 << 20)
    began = time.perf_counter()
    with pytest.raises(UnreadableText):
        scanned(b'{"a":[\n' * 400_000)
    assert time.perf_counter() - began < 60


def test_bad_objects_now_and_then_never_stop_the_reading(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(json_scanner, "REREAD_BYTES", 0)
    texts = [dumped({"id": k, "name": "NAME", "tags": []}, LINES) for k in range(5000)]
    spoilt = random.Random(1).sample(range(100, 5000), 200)
    for k in spoilt:
        texts[k] = spoil(texts[k], FAULTS[k % len(FAULTS)])
    records, _ = scanned(written(texts, LINES).encode())
    assert [r.line - 1 for r in records if r.members is None] == sorted(spoilt)
    assert [r.text for r in records] == texts
