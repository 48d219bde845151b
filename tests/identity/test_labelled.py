"""Files of labelled people: what is read of them, and what is refused."""

from __future__ import annotations

import datetime
import gzip
import zipfile
from decimal import Decimal
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from customer360.errors import UserError
from customer360.identity.columns import read_columns
from customer360.identity.labelled import FIELDS, read_mapping, read_records

TEXT = 'id,name,zip\n7,"O\'Neil, Ann",007\n007, Bo ,\n8," ",NaN\n'
READ = {
    "id": ["7", "007", "8"],
    "name": ["O'Neil, Ann", " Bo ", None],
    "zip": ["007", None, "NaN"],
}
"""Nothing is taken for a number, or for the lack of a value."""


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        TEXT.replace("\n", "\r\n").encode("utf-8-sig"),
        TEXT.replace(", Ann", "; Ann").replace(",", ";").encode("utf-16"),
        TEXT.replace("O'Neil, Ann", "O'Neil\tAnn").replace(",", "\t").encode(),
        gzip.compress(TEXT.encode()),
    ],
    ids=["plain", "Windows", "UTF-16, semicolons", "tabs", "gzip"],
)
def test_csv_of_any_dialect(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "people"
    path.write_bytes(content)
    found = read_columns(path, ["id", "name", "zip"])
    found["name"][0] = found["name"][0].replace(";", ",").replace("\t", ", ")
    assert found == READ


def test_csv_in_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "people.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("some.csv", TEXT)
        archive.mkdir("others")
    assert read_columns(path, ["id", "name", "zip"]) == READ
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("more.csv", TEXT)
    with pytest.raises(UserError, match="holds 2 files"):
        read_columns(path, ["id", "name", "zip"])


def test_letters_of_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes("name,id\nMüller,1\nNuñez,2\n".encode("cp1252"))
    assert read_columns(path, ["name"]) == {"name": ["Müller", "Nuñez"]}


def test_parquet_of_any_type(tmp_path: Path) -> None:
    path = tmp_path / "people.parquet"
    table = {
        "text": ["007", " ", None],
        "number": [7, None, 2**62],
        "float": pyarrow.array([7.0, float("nan"), 0.5]),
        "decimal": [Decimal("7.10"), None, None],
        "day": [datetime.date(1980, 1, 2), None, None],
        "time": [datetime.datetime(1980, 1, 2, 3), None, None],
        "category": pyarrow.array(["a", None, "a"]).dictionary_encode(),
        "truth": [True, False, None],
        "list": [[1], [], None],
    }
    parquet.write_table(pyarrow.table(table), path)
    found = read_columns(path, [name for name in table if name != "list"])
    assert found == {
        "text": ["007", None, None],
        "number": ["7", None, str(2**62)],
        "float": ["7", None, "0.5"],
        "decimal": ["7.10", None, None],
        "day": ["1980-01-02", None, None],
        "time": ["1980-01-02 03:00:00.000000", None, None],
        "category": ["a", None, "a"],
        "truth": ["true", "false", None],
    }
    with pytest.raises(UserError, match=r"column list of type list.*no text"):
        read_columns(path, ["list"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"id,name\n", "has no record"),
        (b"id,first\n1,Ann\n", "has no column name; it has id, first"),
        (b"id,name,name\n1,a,b\n", "has more than one column name"),
        (b"id,name\n1,Ann\n2\n3,Bo\n", "line 3: expected 2 fields, found 1"),
        (b'id,name\n1,Ann\n2,"Bo\n3,Cy\n', "line 3: a quote is opened and never"),
        (b"id,name\n1,A\0n\n", "line 2: NUL byte"),
        (b"id,name\n" + b"1,Ann\n" * 2000 + b"2,\xff\xfe\n", "line 2002: not valid"),
        (b"\x7fELF\2\1\1\0\0\0", "neither a CSV nor a Parquet file"),
        (b"PAR1 and no more", "is no sound Parquet file"),
        (b"PK\3\4", "zip archive"),
    ],
)
def test_what_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(content)
    with pytest.raises(UserError, match=message) as error:
        read_columns(path, ["id", "name"])
    assert "\n" not in str(error.value)
    assert "Ann" not in str(error.value), "values are nobody's business"


def test_what_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist"):
        read_columns(tmp_path / "people.csv", ["id"])
    with pytest.raises(UserError, match="is not a file"):
        read_columns(tmp_path, ["id"])


def test_mapping() -> None:
    mapping = read_mapping(["given_name=first,surname=last", "address=no, address=st"])
    assert mapping == {
        "given_name": ["first"],
        "surname": ["last"],
        "address": ["no", "st"],
    }


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ("first", "not first"),
        ("", "not nothing"),
        ("given_name=", "not given_name="),
        ("given_name=a,,surname=b", "not nothing"),
        ("family_name=last", "no field family_name; it knows given_name, surname,"),
    ],
)
def test_mappings_that_are_refused(mapping: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        read_mapping([mapping])


def test_records(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(
        "who,no,st,last,of\n1,12, Elm St ,Fox,crm\n ,,Oak Rd,,shop\n1,,,,\n"
    )
    mapping = read_mapping(["surname=last,address=no,address=st"])
    records = read_records(path, mapping, truth_column="who", source_column="of")
    assert records.persons == ["1", None, "1"]
    known = {
        "family_name": ["Fox", None, None],
        "address": ["12 Elm St", "Oak Rd", None],
    }
    assert records.fields == {
        name: known.get(name, [None] * 3) for name in FIELDS.values()
    }
    rows = list(records.rows())
    assert [row[:2] for row in rows] == [(1, "crm"), (2, "shop"), (3, None)]
    assert all(len(row) == 2 + len(FIELDS) for row in rows)


def test_the_truth_is_not_to_be_seen(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("who,last\n,Fox\n,Fox\n")
    with pytest.raises(UserError, match="names the truth column who"):
        read_records(path, {"surname": ["last"], "other": ["who"]}, truth_column="who")
    with pytest.raises(UserError, match="of no record whose it is"):
        read_records(path, {"surname": ["last"]}, truth_column="who")
