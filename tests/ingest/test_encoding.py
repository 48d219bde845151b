"""What a file is encoded in where nobody says it."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customer360.ingest.encoding import Detector, Encoding

from .shop import Shop

NAMES = (  # what people type, and their programs make of it
    "José Müller, Zoë O\N{RIGHT SINGLE QUOTATION MARK}Neil, François Šimić, "
    "Ørsted, Ångström, Łódź, Peña, été, Straße, Cœur, 100 €, "
    "«café», naïve, Ü. Ö., DÉJÀ VU, Þór, ½ £"
)


def detected(data: bytes, *, block: int = 1 << 22, declared: str | None = None):
    detector = Detector(declared)
    for at in range(0, len(data), block):
        detector.feed(data[at : at + block])
    return detector.finish()


def lines(text: str) -> str:
    return f"id,name\n1,{text}\n2,plain\n"


SMALL = {
    "nothing": (b"", "utf-8"),
    "ASCII": (lines("Ann").encode(), "utf-8"),
    "UTF-8": (lines(NAMES).encode(), "utf-8"),
    "UTF-8 with a mark": (codecs.BOM_UTF8 + lines(NAMES).encode(), "utf-8"),
    "UTF-16 with a mark": (lines(NAMES).encode("utf-16"), "utf-16"),
    "UTF-16 with a mark, big end first": (
        codecs.BOM_UTF16_BE + lines(NAMES).encode("utf-16-be"),
        "utf-16",
    ),
    "UTF-32 with a mark": (lines(NAMES).encode("utf-32"), "utf-32"),
    "UTF-16 without a mark": (lines(NAMES).encode("utf-16-le"), "utf-16"),
    "UTF-16 without a mark, big end first": (
        lines(NAMES).encode("utf-16-be"),
        "utf-16",
    ),
    "UTF-16 of few Latin letters": (
        lines("株式会社日本" * 99).encode("utf-16-le"),
        "utf-16",
    ),
    "NUL bytes here and there": (b"id,name\n1,A\0nn\n2,\0\0\n", "utf-8"),
    "Latin-1": (lines("José Müller, Zoë").encode("latin-1"), "windows-1252"),
    "Windows-1252": (
        lines(NAMES).encode("cp1252", "ignore"),
        "windows-1252",
    ),
    "Latin-1 in capitals": (lines("MÜLLER, JOSÉ").encode("latin-1"), "windows-1252"),
    "one bad byte in UTF-8": (
        lines(NAMES).encode() + "3,Zoë\n".encode("latin-1"),
        "utf-8",
    ),
    "one bad byte among many lines": (
        lines("Ann").encode() * 1000 + "3,Zoë\n".encode("latin-1"),
        "utf-8",
    ),
    "a byte that nobody writes": (lines("caf\xff").encode("latin-1"), "utf-8"),
    "half a character": (lines("caf").encode()[:-9] + b"\xc3,\n", "utf-8"),
    "half an emoji": (b"id,name\n1,hi\xf0\x9f\x98\n", "utf-8"),
    "half a pair": (b"id,name\n1,hi\xed\xa0\x80\n", "utf-8"),
    "Cyrillic": (lines("Анна Иванова").encode("cp1251"), "utf-8"),
    "Greek": (lines("Ελένη Παπαδοπούλου").encode("cp1253"), "utf-8"),
    "Japanese": (lines("田中さくら").encode("shift-jis"), "utf-8"),
    "Mac": (lines("José Müller, Zoë").encode("mac-roman"), "utf-8"),
    "bytes at random": (bytes(range(128, 256)) * 9, "utf-8"),
}


@pytest.mark.parametrize("kind", SMALL)
def test_the_encoding_is_found_out(kind: str) -> None:
    data, name = SMALL[kind]
    encoding = detected(data)
    assert encoding.name == name
    content = data[encoding.mark_bytes :]
    if encoding.codec != "utf-8":
        content.decode(encoding.codec)
    assert encoding.is_guessed == (name != "utf-8" and encoding.mark_bytes == 0), (
        "only what no mark says is guessed"
    )
    # one look at the whole, or a thousand at a piece of it
    assert {detected(data, block=size) for size in (1, 2, 3, 7, 999)} == {encoding}


def test_what_is_declared_is_not_found_out_but_a_mark_overrides_it() -> None:
    data = lines("José").encode("latin-1")
    assert detected(data, declared="utf-8") == Encoding("utf-8")
    assert detected(data, declared="latin-1").codec == "iso8859-1"
    assert detected(data, declared="utf-16").codec == "utf-16-le"
    marked = lines("José").encode("utf-16")
    assert detected(marked, declared="latin-1") == Encoding("utf-16-le", 2)


@settings(max_examples=400, deadline=None)
@given(
    parts=st.lists(
        st.sampled_from(["a", "B", "\n", " ", "é", "語", "😀", "é", "语"]).map(
            str.encode
        )
        | st.sampled_from(
            [b"\xe9", b"\xc3", b"\x80", b"\xf0\x9f", b"\xed\xa0\x80", b"\xc0\x80"]
        ),
        max_size=20,
    ),
    blocks=st.lists(st.integers(1, 9), min_size=1),
)
def test_utf_8_is_valid_if_python_says_so_in_any_blocks(
    parts: list[bytes], blocks: list[int]
) -> None:
    data = b"".join(parts)
    detector, at = Detector(None), 0
    while at < len(data):
        size = blocks[at % len(blocks)]
        detector.feed(data[at : at + size])
        at += size
    encoding = detector.finish()
    assert encoding == detected(data)
    try:
        data.decode()
    except UnicodeDecodeError:
        assert not encoding.is_valid
    else:
        assert encoding.is_valid and encoding.codec == "utf-8"


def test_a_character_across_the_end_of_the_head_is_one_character() -> None:
    for before in range(65_530, 65_540):
        data = b"a" * before + "é".encode() * 9
        assert detected(data).is_valid
        assert detected(data, block=3).is_valid


def test_latin_1_is_loaded_with_a_notice(shop: Shop) -> None:
    text = "id,name,city\n1,Zoë,Köln\n2,ragged\n3,José,“Łódź”\n"
    shop.write("people.csv", text.encode("cp1252", "replace"))
    result = shop.load("people.csv")
    assert shop.people() == [("1", "Zoë", "Köln"), ("3", "José", "“?ód?”")]
    assert "read as windows-1252" in result.message
    assert shop.quarantine()[0][3] == b"2,ragged"


def test_a_byte_that_windows_1252_does_not_have_is_a_bad_record(shop: Shop) -> None:
    text = b"id,name,city\n" + b"1,Zo\xeb,K\xf6ln\n" * 9 + b"2,x\x81,y\n"
    shop.write("people.csv", text)
    shop.load("people.csv")
    assert shop.quarantine() == [(11, 10, "not valid windows-1252", b"2,x\x81,y")]


def test_one_bad_byte_is_a_bad_record_not_another_encoding(shop: Shop) -> None:
    shop.write("people.csv", "id,name,city\n1,Zoë,Köln\n".encode() + b"2,Jos\xe9,x\n")
    result = shop.load("people.csv")
    assert shop.people() == [("1", "Zoë", "Köln")]
    assert shop.quarantine() == [(3, 2, "not valid utf-8", b"2,Jos\xe9,x")]
    assert "read as" not in result.message


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_loaded_with_a_notice(shop: Shop, codec: str) -> None:
    text = 'id,name,city\r\n1,Zoë 😀,"Kö\r\nln"\r\n2\r\n'
    shop.write("people.csv", text.encode(codec))
    result = shop.load("people.csv")
    assert shop.people() == [("1", "Zoë 😀", "Kö\r\nln")]
    assert shop.quarantine()[0][3] == "2".encode(codec)
    assert "read as utf-16" in result.message
