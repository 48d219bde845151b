"""Rows put together as bytes are the rows that Python would write one by one."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_generators.draws import Streams
from data_generators.faults import Faults
from data_generators.files import Table, new_files, quoted, quoted_bytes
from data_generators.mess import MessRates
from data_generators.rows import (
    as_words,
    blank,
    compact,
    dates,
    decimals,
    join_rows,
    joined,
    money,
    numbered,
    scrambled,
    timestamps,
    vocabulary,
    whole,
)
from data_generators.words import Words

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0\n"), max_size=9)
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def ints(low: int, high: int) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(low, high), min_size=1, max_size=20)


@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=20))
def test_columns_become_lines(rows: list[tuple[str, str]]) -> None:
    first, second = (vocabulary(column) for column in zip(*rows, strict=True))
    lines = join_rows([first, b",", second, b"\r\n"]).decode()
    assert lines == "".join(f"{a},{b}\r\n" for a, b in rows)
    assert as_words(first).tolist() == [a for a, _ in rows]
    both = compact(joined(first, "|", second))
    assert [text.decode() for text in both] == [f"{a}|{b}" for a, b in rows]


@given(ints(-(10**11), 10**11))
def test_whole_numbers_and_money(numbers: list[int]) -> None:
    array = np.array(numbers)
    assert as_words(whole(array)).tolist() == [str(n) for n in numbers]
    assert as_words(money(array)).tolist() == [
        f"{Decimal(n) / 100:.2f}" for n in numbers
    ]


@given(ints(0, 10**7 - 1))
def test_numbers_of_a_width(numbers: list[int]) -> None:
    array = np.array(numbers)
    assert as_words(numbered("C", array, 7)).tolist() == [f"C{n:07d}" for n in numbers]
    assert [float(text) for text in as_words(decimals(array / 1000))] == [
        n / 1000 for n in numbers
    ]


@settings(deadline=None)  # the first call makes a table of all times of the day
@given(ints(0, 4_000_000_000))
def test_moments(seconds: list[int]) -> None:
    written = as_words(timestamps(np.array(seconds), "T", "Z")).tolist()
    assert written == [
        datetime.fromtimestamp(n, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for n in seconds
    ]
    assert as_words(dates(np.array(seconds), month_first=True)).tolist() == [
        datetime.fromtimestamp(n, UTC).strftime("%m/%d/%Y") for n in seconds
    ]


def test_scrambled_ids_differ_and_look_random() -> None:
    numbers = np.arange(200_000)
    ids = as_words(scrambled("cus_", numbers, LETTERS, 14))
    assert len(set(ids)) == len(ids)
    assert all(len(text) == 18 and text.startswith("cus_") for text in ids)
    for place in range(4, 18):
        used = np.unique([text[place] for text in ids], return_counts=True)[1]
        # the eleventh letter holds what ten have left of 64 bits
        assert len(used) == (22 if place == 14 else len(LETTERS))
        assert used.max() < 1.2 * used.min()
    assert set(ids).isdisjoint(
        text.replace("sub_", "cus_")
        for text in as_words(scrambled("sub_", numbers, LETTERS, 14))
    )
    with pytest.raises(ValueError, match="less than 64 bits"):
        scrambled("x", numbers, LETTERS, 10)


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=8), min_size=1))
def test_json_strings(texts: list[str]) -> None:
    written = quoted(np.array(texts, dtype=object))
    assert [json.loads(text) for text in written] == [text or None for text in texts]


def test_json_of_plain_bytes() -> None:
    assert as_words(quoted_bytes(vocabulary(["a", "", "bc"]))).tolist() == [
        '"a"',
        "null",
        '"bc"',
    ]
    blanked = blank(vocabulary(["a", "b"]), np.array([True, False]))
    assert blanked.tolist() == [b"", b"b"]


@pytest.mark.parametrize("kind", ["csv", "csv_bom", "jsonl", "json"])
@pytest.mark.parametrize("count", [0, 1, 5])
def test_files_of_words_and_of_bytes(tmp_path: Path, kind: str, count: int) -> None:
    names = [f'n{n} "ü", %s' for n in range(count)]
    is_json = "json" in kind

    def words(rows: np.ndarray) -> list[Words]:
        column = np.array(names, dtype=object)[rows]
        numbers = np.array([str(n) for n in rows], dtype=object)
        return [quoted(column) if is_json else column, numbers]

    def plain(rows: np.ndarray) -> list[np.ndarray]:
        column = numbered("n", rows, 2)
        return [quoted_bytes(column) if is_json else column, whole(rows)]

    for render, expected in (
        (words, names),
        (plain, [f"n{n:02}" for n in range(count)]),
    ):
        path = tmp_path / "file"
        table = Table("file", ("Name ", "No"), np.zeros(count), render, kind)
        with new_files(tmp_path) as files:
            file = files.open(path, table.columns, table.kind)
            for start in range(0, count, 2):
                file.add(table, np.arange(start, min(start + 2, count)))
        raw = path.read_bytes()
        assert raw.startswith(b"\xef\xbb\xbf") == (kind == "csv_bom")
        if not is_json:
            rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
            assert rows[0] == ["Name ", "No"]
            found = rows[1:]
        else:
            text = raw.decode()
            objects = (
                json.loads(text)
                if kind == "json"
                else map(json.loads, text.splitlines())
            )
            found = [[row["Name "], str(row["No"])] for row in objects]
        assert found == [[name, str(n)] for n, name in enumerate(expected)]


def test_repeated_rows_stay_in_their_delivery() -> None:
    rates = MessRates(transaction_resent=0.2)
    faults = Faults(1000, rates, Streams(1))
    delivery = np.repeat([0, 1, 2], [600, 300, 100])
    order = faults.repeated(np.arange(1000), delivery)
    assert len(order) == pytest.approx(1200, abs=50)
    assert (np.diff(delivery[order]) >= 0).all()
    assert set(order) == set(range(1000))
    # what comes before does not depend on what comes after
    first = Faults(600, rates, Streams(1)).repeated(np.arange(600), delivery[:600])
    assert (order[: len(first)] == first).all()
