"""The CSV dialect: how each value is written.

The database does the formatting, inside COPY: millions of rows never become
Python objects. `powerbi_data/README.md` describes the dialect for people.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from psycopg import sql

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""Excel takes a CSV file for UTF-8 only with it; Power BI does not mind."""

DIALECT = {
    "encoding": "utf-8",
    "byte_order_mark": True,
    "header": True,
    "delimiter": ",",
    "quote": '"',
    "quoting": "minimal",
    "line_terminator": "\n",
    "null": "",
    "empty_text": '""',
    "booleans": ["true", "false"],
    "date": "YYYY-MM-DD",
    "timestamp": "YYYY-MM-DDTHH:MM:SS",
    "time_zone": "UTC",
    "decimal_separator": ".",
    "line_break_in_text": " ",
    "formula_guard": "'",
}
"""What the manifest says of the dialect."""

SESSION = {
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "iso_8601",
    "TimeZone": "UTC",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    # formatting is most of the work, and worth a second processor
    "parallel_tuple_cost": "0.01",
}
"""Server settings under which the expressions below give this dialect."""

_KINDS = {
    "smallint": "integer",
    "integer": "integer",
    "bigint": "integer",
    "numeric": "decimal",
    "money": "decimal",
    "real": "number",
    "double precision": "number",
    "boolean": "boolean",
    "date": "date",
    "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamp",
    "time without time zone": "time",
}

# Regular expressions of PostgreSQL's, always compared by code point.
_LETTER = r"0-9A-Za-z\u00C0-\u024F\u0370-\u03FF\u0400-\u052F\u4E00-\u9FFF"
_CONTROL = r"\u0001-\u001F\u007F-\u009F\u2028\u2029"
_PLAIN = rf"^(?:[{_LETTER}][^{_CONTROL}]*|\+[0-9]+)$"
"""Nearly every value: begins with a letter or digit and has no line break, or is
a phone number as it should be."""

_LINE_BREAK = r"\u000D\u000A|[\u000A-\u000D\u0085\u2028\u2029]"
_BLANK = (
    r"[\u0001-\u0020\u007F-\u00A0\u00AD\u034F\u061C\u1680\u180E\u2000-\u200F"
    r"\u2028-\u202F\u205F-\u206F\u3000\uFEFF]"
)
_FORMULA = rf"^'*(?:{_BLANK}*[=+@\uFF1D\uFF0B\uFF0D\uFF20-]|[\u0009\u000A\u000D])"
"""A spreadsheet may run it: the signs, also full-width, and after what it drops.

Quotes in front count as well, so that the guard can be taken off again."""

# digits and what stands between them in some country: nothing to compute
_NUMBER = r"[+-]?[.,]?[0-9][0-9.,' \u00A0\u202F]*(?:[eE][+-]?[0-9]+)?[ \u00A0\u202F]?%?"
_PHONE = r"\+(?:[ ()./\u00A0\u202F-]*[0-9]){7,15}(?: ?(?:x|ext\.?) ?[0-9]{1,6})?"
_HARMLESS = rf"^ *(?:{_NUMBER}|{_PHONE}|-+) *$"


def kind_of(sql_type: str) -> str:
    """Return the kind of value that a column of this SQL type holds in the files.

    One of text, integer, decimal (exact), number (binary floating point), boolean,
    date, timestamp and time.
    """
    return _KINDS.get(_without_modifier(sql_type), "text")


def copy_command(
    table: sql.Identifier,
    columns: Sequence[tuple[str, str]],
    key: Sequence[str],
) -> sql.Composed:
    """COPY command that writes a table in the dialect, ordered by its key.

    `columns` are names and SQL types, in the order of the file.
    """
    types = dict(columns)
    return sql.SQL(
        "copy (select {values} from {table} as exported order by {key}) "
        "to stdout with (format csv, header true, encoding 'UTF8')"
    ).format(
        values=sql.SQL(", ").join(
            sql.SQL("{} as {}").format(
                _value(sql.Identifier("exported", name), type_), sql.Identifier(name)
            )
            for name, type_ in columns
        ),
        table=table,
        key=sql.SQL(", ").join(_place(name, types[name]) for name in key),
    )


def _value(column: sql.Identifier, sql_type: str) -> sql.Composable:
    match kind_of(sql_type):
        case "integer" | "time":
            return column
        case "decimal" if sql_type == "money":
            return sql.SQL("{}::numeric").format(column)
        case "decimal" | "number":
            # CSV has no such numbers, and Power BI would stop at them
            return sql.SQL(
                "case when {0} not in ('NaN', 'Infinity', '-Infinity') then {0} end"
            ).format(column)
        case "boolean":
            return sql.SQL("{}::text").format(column)
        case "date":
            return _within_calendar(column, column)
        case "timestamp":
            if _without_modifier(sql_type) == "timestamp with time zone":
                column = sql.SQL("({} at time zone 'UTC')").format(column)
            return _within_calendar(
                column,
                sql.SQL("replace(date_trunc('second', {})::text, ' ', 'T')").format(
                    column
                ),
            )
        case _:
            return _text(column)


def _within_calendar(value: sql.Composable, form: sql.Composable) -> sql.Composed:
    """Write nothing for infinity, and for years that have not four digits."""
    return sql.SQL(
        "case when {} >= '0001-01-01' and {} < '10000-01-01' then {} end"
    ).format(value, value, form)


def _text(column: sql.Identifier) -> sql.Composed:
    return sql.SQL(
        "case when {value} ~ {plain} then {value} "
        "when {value} ~ {formula} and {value} !~ {harmless} "
        "then '''' || regexp_replace({value}, {line_break}, ' ', 'g') "
        "else regexp_replace({value}, {line_break}, ' ', 'g') end"
    ).format(
        value=_by_code_point(column),
        # one look is enough for nearly all, and there are millions
        plain=sql.Literal(_PLAIN),
        formula=sql.Literal(_FORMULA),
        harmless=sql.Literal(_HARMLESS),
        line_break=sql.Literal(_LINE_BREAK),
    )


def _by_code_point(column: sql.Identifier) -> sql.Composed:
    return sql.SQL('({}::text collate "C")').format(column)


def _without_modifier(sql_type: str) -> str:
    return re.sub(r"\([0-9,-]*\)", "", sql_type)


def _is_text(sql_type: str) -> bool:
    return kind_of(sql_type) == "text"


def _place(name: str, sql_type: str) -> sql.Composable:
    column = sql.Identifier("exported", name)
    return _by_code_point(column) if _is_text(sql_type) else column
