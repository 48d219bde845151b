"""How the staging models read a text, in PostgreSQL, with no model around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from dbt_workplace import Workplace
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from customer360 import warehouse

# how the staging models put the macros together, by the name of what they read
READINGS = {
    "dates": """
        select
            {{ timestamp_or_null("cleaned", day_first=true) }} as day_first,
            {{ timestamp_or_null("cleaned", day_first=false) }} as month_first,
            {{ timestamp_or_null("cleaned", day_first=none) }} as unknown
        from (
            select number, {{ clean_text("given") }} as cleaned
            from unnest(texts) with ordinality as input (given, number)
        ) as cleaned_texts
        order by number
    """,
    "emails": """
        select email, {{ is_email("email") }} as is_valid
        from (
            select number, {{ email_text("given") }} as email
            from unnest(texts) with ordinality as input (given, number)
        ) as stripped_texts
        order by number
    """,
    "names": """
        select
            cleaned,
            untitled,
            {{ humane_case("untitled") }} as written,
            {{ split_name("untitled", part="given") }} as given_name,
            {{ split_name("untitled", part="family") }} as family_name
        from (
            select number, cleaned, {{ without_titles("cleaned") }} as untitled
            from (
                select number, {{ person_name("given") }} as cleaned
                from unnest(texts) with ordinality as input (given, number)
            ) as cleaned_texts
        ) as untitled_texts
        order by number
    """,
    "full_names": """
        select parts.given_name, parts.family_name
        from (
            select number, {{ clean_text("given") }} as cleaned
            from unnest(texts) with ordinality as input (given, number)
        ) as cleaned_texts
        cross join lateral {{ full_name_parts("cleaned") }} as parts
        order by number
    """,
}

Read = Callable[[str, list[str]], list[dict[str, Any]]]
"""What is read out of each of some texts, by the name of the reading."""


@contextmanager
def reader(workplace: Workplace) -> Iterator[Read]:
    """The readings as functions of the database, each for many texts at a time."""
    between = "\n-- next --\n"
    compiled = workplace.dbt(
        *("--quiet", "compile", "--inline", between.join(READINGS.values()))
    )
    with warehouse.connect(workplace.settings, "admin") as connection:
        for name, query in zip(READINGS, compiled.split(between), strict=True):
            body = f"select to_jsonb(found) from ({query}) as found"
            connection.execute(
                sql.SQL(
                    "create function pg_temp.{} (texts text[]) returns setof jsonb "
                    "language sql as {}"
                ).format(sql.Identifier(name), sql.Literal(body))
            )

        def found(name: str, texts: list[str]) -> list[dict[str, Any]]:
            statement = sql.SQL("select pg_temp.{} (%s)").format(sql.Identifier(name))
            rows = connection.execute(statement, [texts]).fetchall()
            return [row for (row,) in rows]

        yield found


def batches(texts: st.SearchStrategy[Any]) -> Callable[[Any], Any]:
    """A property of each of many texts, which are read in few statements."""

    def apply(test: Any) -> Any:
        several = st.lists(texts, min_size=30, max_size=60)
        return settings(
            max_examples=20,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        )(given(several)(test))

    return apply


# any text that a database can hold
ANYTHING = st.text(
    st.characters(exclude_categories=["Cs", "Cn"], exclude_characters="\0"),
    max_size=20,
)
