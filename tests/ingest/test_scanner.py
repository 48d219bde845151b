"""The record scanner against a byte-by-byte reading of its own rules."""

from __future__ import annotations

import csv
import io
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from customer360.ingest import scanner
from customer360.ingest.scanner import (
    ORDINARY_QUOTES,
    PLAIN,
    TEXT_AFTER_QUOTE,
    TOO_LONG,
    UNBALANCED_QUOTE,
    Scanner,
    UnreadableText,
    split_fields,
)

Record = tuple[int, int, bytes, int, int]  # number, line, bytes, fields, shape


def by_the_rules(data: bytes, delimiter: bytes, limit: int) -> tuple[list[Record], int]:
    """The grammar, one byte at a time, with the whole file in view."""
    records: list[Record] = []
    blank = 0
    at, line = 0, 1

    def end_of_line(at: int) -> tuple[int, int]:
        end = at
        while end < len(data) and data[end] not in b"\r\n":
            end += 1
        following = end + (2 if data[end : end + 2] == b"\r\n" else 1)
        return end, min(following, len(data))

    while at < len(data):
        end, following = end_of_line(at)
        if end == at:
            blank += 1
            at, line = following, line + 1
            continue
        state, fields, shape, here = "start", 1, PLAIN, at
        while True:
            byte = data[here : here + 1]
            if state == "quoted" and byte and here - at <= limit:
                state = "closing" if byte == b'"' else "quoted"
            elif here - at > limit:
                shape = UNBALANCED_QUOTE if state == "quoted" else TOO_LONG
                break
            elif not byte and state == "quoted":
                shape = UNBALANCED_QUOTE
                break
            elif not byte or byte in b"\r\n":
                break
            elif byte == delimiter:
                state, fields = "start", fields + 1
            elif state == "start":
                state = "quoted" if byte == b'"' else "unquoted"
            elif state == "closing" and byte == b'"':
                state = "quoted"
            elif state == "closing":
                shape = TEXT_AFTER_QUOTE
                break
            elif byte == b'"':
                shape = ORDINARY_QUOTES
            here += 1
        number = len(records)
        if shape > ORDINARY_QUOTES:
            end = min(end, at + limit)
            records.append((number, line, data[at:end], 0, shape))
            at, line = following, line + 1
            continue
        records.append((number, line, data[at:here], fields, shape))
        line += 1
        while following <= here < len(data):
            _, following = end_of_line(following)
            line += 1
        at = following if here < len(data) else len(data)
    return records, blank


def scanned(
    data: bytes,
    delimiter: bytes,
    limit: int = scanner.MAX_RECORD_BYTES,
    block: int = 8 << 20,
) -> tuple[list[Record], int]:
    reader = Scanner(delimiter, max_record_bytes=limit)
    pieces = [
        reader.feed(data[at : at + block]) for at in range(0, len(data), block)
    ] + [reader.finish()]
    records = [
        (
            piece.first_number + k,
            int(piece.lines[k]),
            piece.raw(k),
            int(piece.fields[k]),
            int(piece.shapes[k]),
        )
        for piece in pieces
        for k in range(len(piece))
    ]
    return records, reader.blank_lines


# few different bytes, so that quotes, delimiters and line ends meet in every way
TEXT = st.lists(
    st.sampled_from(
        [b'"', b'"', b'""', b",", b",", b"\n", b"\r\n", b"\r", b"a", b"bc", b";"]
    ),
    max_size=60,
).map(b"".join)


@settings(max_examples=800, deadline=None)
@given(data=TEXT, limit=st.integers(1, 40), block=st.integers(1, 70))
@example(data=b'"abc"\n', limit=4, block=1)
@example(data=b"abcd\r", limit=4, block=5)
@example(data=b"abcde\r\nx", limit=4, block=6)
@example(data=b'a,b\n"x,"y",\n', limit=40, block=3)
def test_any_bytes_in_any_blocks_follow_the_rules(
    data: bytes, limit: int, block: int
) -> None:
    expected = by_the_rules(data, b",", limit)
    assert scanned(data, b",", limit, block) == expected
    assert scanned(data, b",", limit) == expected


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(
        st.lists(
            st.text(alphabet='ab",\r\n é', max_size=6).map(str), min_size=1, max_size=4
        ),
        max_size=12,
    ),
    block=st.integers(1, 50),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    # only with both quoted, or with CRLF, does the writer protect CR and LF alike
    style=st.sampled_from(
        [
            ("\r\n", csv.QUOTE_MINIMAL),
            ("\r\n", csv.QUOTE_ALL),
            ("\n", csv.QUOTE_ALL),
            ("\r", csv.QUOTE_ALL),
        ]
    ),
)
def test_what_a_csv_writer_writes_is_read_back(
    rows: list[list[str]], block: int, delimiter: str, style: tuple[str, int]
) -> None:
    text = io.StringIO(newline="")
    line_end, quoting = style
    csv.writer(
        text, delimiter=delimiter, lineterminator=line_end, quoting=quoting
    ).writerows(rows)
    records, _ = scanned(text.getvalue().encode(), delimiter.encode(), block=block)
    fields = [
        [value.decode() for value, _ in split_fields(raw, delimiter.encode())]
        for _, _, raw, _, _ in records
    ]
    assert fields == rows
    assert [count for _, _, _, count, _ in records] == [len(row) for row in rows]


@pytest.mark.parametrize("block", [1, 61, 4096, 1 << 20, 8 << 20])
def test_block_size_never_changes_a_large_file(block: int) -> None:
    rows = []
    for k in range(20_000 if block > 61 else 400):
        rows.append(f'{k},"name, {k}","two\nlines",plain')
        rows.append(f'{k},6" pipe,"say ""hi""",\r')
        if k % 1000 == 0:
            rows.append(f'{k},"never closed,x,y')
            rows.append("")
    data = "\n".join(rows).encode()
    assert scanned(data, b",", 1 << 16, block) == scanned(data, b",", 1 << 16, 65_521)


def test_line_numbers_are_physical_and_record_numbers_skip_blank_lines() -> None:
    data = b'h,i\r\n\r\n1,"a\r\nb\rc\nd"\n\n2,x\r3,y'
    records, blank = scanned(data, b",")
    assert [(number, line) for number, line, *_ in records] == [
        (0, 1),
        (1, 3),
        (2, 8),
        (3, 9),
    ]
    assert blank == 2


def test_an_unbalanced_quote_costs_its_own_line_only() -> None:
    lines = [b"%d,name %d,city" % (k, k) for k in range(1000)]
    lines[10] = b'10,"name,city'
    lines[500] = b'500,name,"city'
    lines[999] = b'999,"name,city'
    lines[700] = b'700,"Rock, ""J""",city'
    records, _ = scanned(b"\n".join(lines), b",")
    assert [raw for _, _, raw, _, _ in records] == lines
    faults = {number: shape for number, _, _, _, shape in records if shape}
    assert faults == {
        10: UNBALANCED_QUOTE if faults[10] == UNBALANCED_QUOTE else TEXT_AFTER_QUOTE,
        500: TEXT_AFTER_QUOTE if faults[500] == TEXT_AFTER_QUOTE else UNBALANCED_QUOTE,
        999: UNBALANCED_QUOTE,
    }


def test_a_quote_within_an_unquoted_field_is_an_ordinary_byte() -> None:
    records, _ = scanned(b'1,Dwayne "Rock" J,x\n2,6",y\n', b",")
    assert [(fields, shape) for *_, fields, shape in records] == [
        (3, ORDINARY_QUOTES)
    ] * 2
    assert split_fields(records[0][2], b",")[1] == (b'Dwayne "Rock" J', False)


def test_a_line_beyond_the_limit_keeps_only_its_head() -> None:
    data = b"a,b\n" + b"x" * 5000 + b"\r\nc,d"
    for block in (1, 100, 8 << 20):
        records, _ = scanned(data, b",", 100, block)
        assert records == [
            (0, 1, b"a,b", 2, PLAIN),
            (1, 2, b"x" * 100, 0, TOO_LONG),
            (2, 3, b"c,d", 2, PLAIN),
        ]


def test_quotes_that_never_close_on_every_line_stop_the_reading_early() -> None:
    began = time.perf_counter()
    with pytest.raises(UnreadableText):
        Scanner(b",").feed((b'x","' + b"y" * 300 + b"\n") * 40_000)
    assert time.perf_counter() - began < 20


def test_quotes_that_never_close_now_and_then_never_stop_the_reading(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scanner, "REREAD_BYTES", 1000)
    lines = [b'%d,"x' % k if k % 100 == 0 else b"%d,some text" % k for k in range(9999)]
    records, _ = scanned(b"\n".join(lines), b",", limit=200, block=5000)
    assert [raw for _, _, raw, _, _ in records] == lines
    assert sum(shape == UNBALANCED_QUOTE for *_, shape in records) == 100


def test_a_field_of_doubled_quotes_as_long_as_the_limit() -> None:
    value = b'""' * 400_000
    records, _ = scanned(b'1,"' + value + b'",x\n2,y,z\n', b",")
    assert [(fields, shape) for *_, fields, shape in records] == [(3, PLAIN)] * 2
