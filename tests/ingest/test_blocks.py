"""The size of the blocks a file is read in never changes what comes of it.

From the bytes on the disk to those for COPY, over everything in between.
"""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customer360.ingest import packing
from customer360.ingest.declarations import Column, DeclaredTable
from customer360.ingest.load import content_of
from customer360.ingest.source import Source
from customer360.ingest.unloadable import UnloadableFile

SIZES = st.integers(1, 12) | st.sampled_from([100, 4096, 65_536, 1 << 20, 8 << 20])


def table(kind: str) -> DeclaredTable:
    return DeclaredTable(
        system="shop",
        name="shop_people",
        columns=tuple(Column(name, name) for name in ("id", "name", "city")),
        files=("*",),
        format=kind,
        key=("id",),
        key_repeats=False,
        delimiter=None,
        encoding=None,
        declared_in="test",
    )


def loaded(path: Path, kind: str, block: int) -> tuple:
    """All that a load would send, keep and tell."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packing, "BLOCK_BYTES", block)
        read, lines, rejected = 0, b"", []
        try:
            with Source(path, None) as source:
                content = content_of(source, table(kind))
                for piece in content.pieces():
                    read += piece.records
                    lines += piece.lines
                    rejected += piece.rejected
                notices = source.notices + content.notices()
                # a block's numbers are written with the same number of digits
                lines = re.sub(rb"(?m)^0+(?=\d)", b"", lines)
                return read, lines, rejected, notices, source.digest()
        except UnloadableFile as error:
            return (str(error),)


ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1", "cp1252"]

CSV = st.lists(
    st.sampled_from(
        [
            *("1,Zoë,Rome\n", '2,"a ""b""\nc",x\r\n', '3,6" pipe,x\r', "4,x\n", "\n"),
            *('5,"never closed,x\n', "6,a\0b,x\n", ",no key,x\n", "7,😀,\n", "é"),
            *('8,"x"y,z\n', "9,,\n", '"', ",", "a"),
        ]
    ),
    max_size=14,
).map("".join)
JSON = st.lists(
    st.sampled_from(
        [
            *('{"id":1,"name":"Zoë","x":[1, 2.50]}\n', '{"id":"2","city":null}\r\n'),
            *('{\n  "id": 3,\n  "name": "a\\nb"\n},\n', '{"id":4,"id":4}\n', "[", "]"),
            *('{"id":5,"name":"\\u0000"}\n', '{"id":6,"name":"\\ud800"}\n', "x\n"),
            *('{"name":"no key"}\n', '{"id":7,"name":"cut\n', '{"id":8}}\n', "{", '"'),
            *('{"id":9,"ID":9}', '{"id":10,"y":{"a":"é"}},', "}", "\n"),
        ]
    ),
    max_size=14,
).map("".join)


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    kind=st.sampled_from(["csv", "jsonl"]),
    data=st.data(),
    encoding=st.sampled_from(ENCODINGS),
    is_packed=st.booleans(),
    block=SIZES,
)
def test_any_file_in_any_blocks(
    tmp_path: Path,
    kind: str,
    data: st.DataObject,
    encoding: str,
    is_packed: bool,
    block: int,
) -> None:
    text = data.draw(CSV if kind == "csv" else JSON)
    if kind == "csv" and data.draw(st.integers(0, 9)):
        header = data.draw(
            st.sampled_from(["id,name,city\n", "city;ID;x;Name\r\n", ' Name ,"id"\n'])
        )
        text = header + text
    content = text.encode(encoding, "ignore")
    if data.draw(st.booleans()):
        at = data.draw(st.integers(0, len(content)))
        content = content[:at] + b"\xe9" + content[at:]
    path = tmp_path / "file"
    path.write_bytes(gzip.compress(content) if is_packed else content)
    whole = loaded(path, kind, 8 << 20)
    assert loaded(path, kind, block) == whole
    if len(whole) > 1:
        read, lines, rejected, *_ = whole
        assert [r.number for r in rejected] == sorted({r.number for r in rejected})
        assert (read == len(rejected)) == (lines == b"")


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
@pytest.mark.parametrize("block", [1 << 12, 1 << 16, 1_000_003, 8 << 20])
def test_a_large_file_with_everything_in_it(
    tmp_path: Path, kind: str, block: int
) -> None:
    parts = ["id,name,city\n"] if kind == "csv" else []
    for k in range(60_000):
        if kind == "csv":
            parts.append(f'{k},"name, {k}",Köln\n')
            parts.append(f'{k},6" pipe,"two\nlines"\n' if k % 7 == 0 else "")
            parts.append(f'{k},"never closed,x\n' if k % 10_000 == 9 else "")
        else:
            parts.append(f'{{"id":{k},"name":"name {k}","city":["Köln", 1.0]}}\n')
            parts.append(f'{{"id":{k},"name":"cut\n' if k % 10_000 == 9 else "")
    path = tmp_path / "file"
    path.write_text("".join(parts))
    whole = loaded(path, kind, 1 << 22)
    assert len(whole[2]) == 6
    assert loaded(path, kind, block) == whole
