"""Just enough reading of SQL with Jinja in it to hold files to the house style."""

from __future__ import annotations

import re

JINJA = "jinja__"
"""Stands for each `{{ … }}` in `bare_sql`'s answer."""

_NOISE = re.compile(
    r"""
    (?P<drop>\{\#.*?\#\} | \{%.*?%\} | --[^\n]* | /\*.*?\*/)
    | (?P<expression>\{\{.*?\}\})
    | (?P<string>'(?:[^']|'')*')
    """,
    re.VERBOSE | re.DOTALL,
)
_TOKEN = re.compile(r"\"[^\"]+\"|[a-z_][a-z_0-9]*|[(),.]", re.IGNORECASE)
_CTE = re.compile(
    r"(?:\bwith\b|,)\s*(?:recursive\s+)?([a-z_][a-z_0-9]*)\s+as\s*"
    rf"(?:(?:not\s+)?materialized\s*|{JINJA}\s*)?\(",
    re.IGNORECASE,
)
_FROM_IS_AN_ARGUMENT = {"extract", "substring", "trim", "overlay"}


def bare_sql(text: str) -> str:
    """The SQL without comments and Jinja blocks; strings are `''`."""

    def plain(match: re.Match[str]) -> str:
        if match["expression"]:
            return JINJA
        return "''" if match["string"] else " "

    return _NOISE.sub(plain, text)


def relations(text: str) -> list[str]:
    """What follows `from` and `join`, but for subqueries, functions and CTEs.

    What is left is Jinja (`ref`, `source`) or the name of a relation written out.
    """
    sql = bare_sql(text)
    ctes = {name.lower() for name in _CTE.findall(sql)}
    tokens = [token.lower() for token in _TOKEN.findall(sql)]
    found = []
    calls: list[str] = []
    for at, token in enumerate(tokens):
        before = tokens[at - 1] if at else ""
        after = tokens[at + 1 : at + 4]
        if token == "(":
            calls.append(before)
        elif token == ")" and calls:
            calls.pop()
        elif token in ("from", "join") and after:
            if token == "from" and (
                before == "distinct" or (calls and calls[-1] in _FROM_IS_AN_ARGUMENT)
            ):
                continue
            name = after[0]
            if name in ("(", "lateral", "unnest") or after[1:2] == ["("]:
                continue
            if after[1:2] == ["."]:
                name = "".join(after)
            if name not in ctes:
                found.append(name)
    return found
