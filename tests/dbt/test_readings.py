"""What the macros make of dates, e-mail addresses and names, whoever wrote them.

hypothesis makes the texts, and the macros themselves read them in PostgreSQL.
"""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from dbt_workplace import Workplace
from hypothesis import strategies as st
from readings import ANYTHING, Read, batches, reader

FIRST_YEAR, LAST_YEAR = 1971, 2099


@pytest.fixture(scope="module")
def read(workplace: Workplace) -> Iterator[Read]:
    """The macros themselves."""
    with reader(workplace) as read:
        yield read


# ---- dates ---------------------------------------------------------------

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@st.composite
def times(draw: st.DrawFn, of: datetime) -> tuple[str, datetime]:
    """A time of that day as people and programs write it, and the moment meant."""
    hour, minute, second = of.hour, of.minute, of.second
    style = draw(st.integers(0, 5))
    fraction = draw(st.sampled_from(["", ".5", ".123456"]))
    if style == 0:
        return "", of.replace(hour=0, minute=0, second=0)
    if style == 1:
        return f" {hour:02}:{minute:02}", of.replace(second=0)
    if style == 2:
        half = draw(st.sampled_from(["AM", "am"] if hour < 12 else ["PM", "pm"]))
        blank = draw(st.sampled_from(["", " "]))
        clock = f"{(hour + 11) % 12 + 1}:{minute:02}:{second:02}"
        return f" {clock}{blank}{half}", of
    between = draw(st.sampled_from([" ", "T"]))
    clock = f"{between}{hour:02}:{minute:02}:{second:02}{fraction}"
    if style == 3:
        minutes = draw(st.integers(-12 * 60, 14 * 60))
        zone = timezone(timedelta(minutes=minutes))
        sign, minutes = "-" if minutes < 0 else "+", abs(minutes)
        colon = draw(st.sampled_from(["", ":"]))
        offset = f"{sign}{minutes // 60:02}{colon}{minutes % 60:02}"
        utc = of.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
        return f"{clock}{offset}", utc
    return clock + "Z" * (style == 4), of


@st.composite
def dates(draw: st.DrawFn) -> tuple[str, str, datetime]:
    """A date as it is written, which order that has, and the moment meant."""
    of = draw(
        st.datetimes(datetime(FIRST_YEAR, 1, 2), datetime(LAST_YEAR, 12, 30))
    ).replace(microsecond=0)
    time, meant = draw(times(of))
    padded = draw(st.booleans())
    day, month = (f"{part:02}" if padded else f"{part}" for part in (of.day, of.month))
    mark = draw(st.sampled_from("-/."))
    name = MONTHS[of.month - 1]
    name = draw(st.sampled_from([name, name[:3], name[:3].lower(), name.upper()]))
    order = draw(
        st.sampled_from(["year", "digits", "day_first", "month_first", "name"])
    )
    if order == "year":
        text = f"{of.year}{mark}{month}{mark}{day}"
    elif order == "digits":
        time, meant = "", of.replace(hour=0, minute=0, second=0)
        text = f"{of:%Y%m%d}"
    elif order == "day_first":
        text = f"{day}{mark}{month}{mark}{of.year}"
    elif order == "month_first":
        text = f"{month}{mark}{day}{mark}{of.year}"
    else:
        comma = draw(st.sampled_from([",", ""]))
        text = draw(
            st.sampled_from(
                [f"{name} {day}{comma} {of.year}", f"{day} {name} {of.year}"]
            )
        )
    blanks = draw(st.sampled_from(["", " ", "\t"]))
    return f"{blanks}{text}{time}{blanks}", order, meant


@batches(dates())
def test_a_date_is_read_as_it_was_meant_or_not_at_all(
    read: Read, written: list[tuple[str, str, datetime]]
) -> None:
    for (text, order, meant), row in zip(
        written, read("dates", [text for text, *_ in written]), strict=True
    ):
        expected = meant.isoformat()
        if order in ("year", "digits", "name"):
            assert set(row.values()) == {expected}, text
            continue
        assert row[order] == expected, text
        # the order is known where only one of them is a date, or both are the same
        ones = {row["day_first"], row["month_first"]} - {None}
        assert row["unknown"] == (expected if len(ones) == 1 else None), text


@st.composite
def impossible_dates(draw: st.DrawFn) -> str:
    """A date that the calendar lacks, or in which nothing can have happened."""
    year = draw(st.integers(FIRST_YEAR, LAST_YEAR))
    month, day = draw(
        st.sampled_from([(2, 30), (2, 31), (4, 31), (6, 31), (9, 31), (11, 31)])
        | st.tuples(st.integers(1, 12), st.sampled_from([0, 32, 99]))
        | st.tuples(st.sampled_from([0, 13, 99]), st.sampled_from([0, 13, 31]))
    )
    if draw(st.booleans()):
        year, month, day = draw(st.sampled_from([1, 1900, 2100, 9999])), 1, 1
    elif draw(st.booleans()) and (year % 4 or (year % 100 == 0 and year % 400)):
        month, day = 2, 29
    return draw(
        st.sampled_from(
            [
                f"{year:04}-{month:02}-{day:02}",
                f"{year:04}{month:02}{day:02}",
                f"{day:02}/{month:02}/{year:04}",
                f"{month:02}/{day:02}/{year:04} 10:11:12",
                f"{year:04}-{month:02}-{day:02}T10:11:12Z",
            ]
        )
    )


@batches(impossible_dates())
def test_a_date_that_can_not_be_is_none(read: Read, texts: list[str]) -> None:
    for text, row in zip(texts, read("dates", texts), strict=True):
        assert set(row.values()) == {None}, text


DATE_LIKE = st.lists(
    st.sampled_from(
        [*string.digits, *"-/.: T+", "Z", "Mar", "sept", " 5th", ", ", "PM", "2024"]
    ),
    max_size=14,
).map("".join)


@batches(DATE_LIKE | ANYTHING)
def test_no_text_stops_the_reading_of_dates(read: Read, texts: list[str]) -> None:
    for text, row in zip(texts, read("dates", texts), strict=True):
        for value in set(row.values()) - {None}:
            assert FIRST_YEAR - 1 <= int(value[:4]) <= LAST_YEAR + 1, text
        # what is read without knowing the order is read so by everybody
        if row["unknown"]:
            assert len(set(row.values())) == 1, text


# ---- e-mail addresses ----------------------------------------------------

LOCAL = string.ascii_letters + string.digits + "!#$%&*+/=?^_`{|}~-"
LABEL = string.ascii_letters + string.digits

addresses = st.builds(
    lambda local, labels, top: f"{'.'.join(local)}@{'.'.join([*labels, top])}",
    st.lists(st.text(LOCAL, min_size=1, max_size=9), min_size=1, max_size=3),
    st.lists(
        st.text(LABEL, min_size=1, max_size=8)
        | st.just("a-b")
        | st.just("xn--mller-kva"),
        min_size=1,
        max_size=3,
    ),
    st.text(string.ascii_letters, min_size=2, max_size=6),
)


@st.composite
def wrapped(draw: st.DrawFn) -> tuple[str, str]:
    """An address, and the same in what people and programs wrap it in."""
    address = draw(addresses)
    text = draw(
        st.sampled_from(
            [
                address,
                f"mailto:{address}",
                f"MAILTO:{address}",
                f"<{address}>",
                f"Ann O'Neil <{address}>",
                f'"Neil, Ann" <mailto:{address}>',
                f"'{address}'",
                f"{address};",
                f"({address}),",
                f"\u200b{address}\ufeff",
            ]
        )
    )
    blanks = draw(st.sampled_from(["", " ", "\n", "\u00a0"]))
    return address, f"{blanks}{text}{blanks}"


@batches(wrapped())
def test_an_address_is_found_in_its_wrapping(
    read: Read, written: list[tuple[str, str]]
) -> None:
    for (address, text), row in zip(
        written, read("emails", [text for _, text in written]), strict=True
    ):
        assert row == {"email": address.lower(), "is_valid": True}, text


def is_address(text: str) -> bool:
    """By RFC 5321, without quoted local parts and address literals."""
    local, at, domain = text.partition("@")
    labels = domain.split(".")
    return (
        bool(at)
        and 0 < len(local) <= 64
        and len(text) <= 254
        and all(local.split("."))
        and set(local) <= set(LOCAL.lower() + "'.")
        and len(labels) > 1
        and all(
            0 < len(label) <= 63
            and set(label) <= set(LABEL.lower() + "-")
            and label[0] != "-" != label[-1]
            for label in labels
        )
        and len(labels[-1]) > 1
        and set(labels[-1]) <= set(string.ascii_lowercase)
    )


ADDRESS_LIKE = st.lists(
    st.sampled_from(
        [
            *"ab1.-_+'\"<>(), @@",
            "@",
            "ab.cd",
            "@ex.org",
            ".com",
            "a" * 60,
            "é",
            "..",
            "#",
        ]
    ),
    max_size=9,
).map("".join)


# about as long as an address, and a part of it, may be
LONG_ADDRESSES = st.builds(
    lambda local, labels: "@".join(
        ["a" * local, ".".join([*("b" * label for label in labels), "co"])]
    ),
    st.integers(55, 68),
    st.lists(st.integers(58, 66), min_size=1, max_size=3),
)


@batches(ADDRESS_LIKE | LONG_ADDRESSES | addresses | ANYTHING)
def test_an_address_is_valid_where_the_standard_says_so(
    read: Read, texts: list[str]
) -> None:
    rows = read("emails", texts)
    for text, row in zip(texts, rows, strict=True):
        assert row["is_valid"] == is_address(row["email"] or ""), text
    # and nothing is left in a valid one that should be off
    valid = [row for row in rows if row["is_valid"]]
    assert read("emails", [row["email"] for row in valid]) == valid


# ---- names ---------------------------------------------------------------

GIVEN = ("Ann", "José", "Zoë", "Jean-Luc", "Mary Ann", "Łucja", "Marie-Ève", "Ólafur")
FAMILY = (
    *("Müller", "O'Neil", "McDonald", "van der Berg", "de la Cruz", "D'Angelo"),
    *("van 't Hof", "Smith-Jones", "von Trapp", "Ångström", "Šimić", "McKenzie"),
    "Garcia y Vega",
)
SINGLE = tuple(name for name in FAMILY if " y " not in name)


@st.composite
def people(draw: st.DrawFn) -> tuple[str, str, str]:
    """A person's given and family name, and one way to write both."""
    given_name, family_name = (
        draw(st.sampled_from(GIVEN)),
        draw(st.sampled_from(SINGLE)),
    )
    honorific = draw(st.sampled_from(["", "Dr. ", "Mrs ", "PROF DR ", "mr. "]))
    suffix = draw(st.sampled_from(["", ", Jr.", " III", " PhD", ", MD"]))
    text = draw(
        st.sampled_from(
            [
                f"{honorific}{given_name} {family_name}{suffix}",
                f"{honorific}{family_name}, {given_name}",
                f" {given_name}  {family_name}\t",
            ]
        )
    )
    return given_name, family_name, text


@batches(people())
def test_a_full_name_comes_apart_where_it_should(
    read: Read, written: list[tuple[str, str, str]]
) -> None:
    for (given_name, family_name, text), row in zip(
        written, read("full_names", [text for *_, text in written]), strict=True
    ):
        assert row == {"given_name": given_name, "family_name": family_name}, text


@batches(st.sampled_from(GIVEN + FAMILY))
def test_a_name_is_written_as_its_bearer_does(read: Read, names: list[str]) -> None:
    for change in (str, str.upper, str.lower):
        rows = read("names", [change(name) for name in names])
        assert [row["written"] for row in rows] == names


DAMAGED = (
    *("Müller", "José", "Zoë", "François", "Łukasz", "Škoda", "Ștefan", "Çelik"),
    *("Đorđe", "Ångström", "Ērika", "Γιώργος", "Анна", "Ængus", "Dvořák", "Iñaki"),
)
# a capital before a sign that belongs there
SOUND = (
    *("ANDRÉ\N{RIGHT SINGLE QUOTATION MARK}S", "JOSÉ\u00a0PEREZ", "SEPPÄ\u00a0OY"),
    *("JOÃO", "MARKÉTA"),
)


def damages(name: str) -> Iterator[str]:
    """What becomes of a name in UTF-8 that is read as something else."""
    for codec in ("latin-1", "cp1252"):
        with suppress(UnicodeDecodeError):
            yield name.encode().decode(codec)


def test_letters_that_became_two_are_put_right(read: Read) -> None:
    meant = {text: name for name in DAMAGED for text in damages(name)}
    meant |= {name: name.replace("\u00a0", " ") for name in SOUND}
    rows = read("names", list(meant))
    assert {
        text: row["cleaned"] for text, row in zip(meant, rows, strict=True)
    } == meant


def letters(text: str) -> str:
    """The letters of a text in whatever case, without their accents."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in plain if unicodedata.category(letter)[0] == "L")


PUNCTUATION = " '\N{RIGHT SINGLE QUOTATION MARK}.-"
NAME_LIKE = st.lists(
    st.sampled_from([*PUNCTUATION, *"abMcOÖéłß,", *("van ", "DE ", "mc", "Mac", "'t ")])
    | st.sampled_from(["(x)", "1", "\N{TRADE MARK SIGN}", "e\u0301", "  "]),
    max_size=12,
).map("".join)


@batches(NAME_LIKE)
def test_no_letter_of_a_name_is_lost_or_won(read: Read, texts: list[str]) -> None:
    for text, row in zip(texts, read("names", texts), strict=True):
        given_text = text.replace("\N{TRADE MARK SIGN}", "")
        assert letters(row["cleaned"] or "") == letters(given_text), text
        parts = (row["given_name"], row["family_name"])
        assert " ".join(filter(None, parts)) == (row["untitled"] or ""), text


@batches(NAME_LIKE | ANYTHING)
def test_a_cleaned_name_is_clean_and_stays_as_it_is(
    read: Read, texts: list[str]
) -> None:
    rows = read("names", texts)
    for text, row in zip(texts, rows, strict=True):
        name = row["cleaned"] or "x"
        for sign in name:
            kind = unicodedata.category(sign)
            assert sign in PUNCTUATION or kind[0] in "LM" or kind == "Nl", text
        assert "  " not in name and name == name.strip(PUNCTUATION), text
    for column in ("cleaned", "written"):
        again = read("names", [row[column] or "" for row in rows])
        assert [row[column] for row in again] == [row[column] for row in rows]
