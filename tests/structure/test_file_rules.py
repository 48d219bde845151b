"""Each rule for the files catches what it is there for."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from . import file_rules

GOOD_SQL = """\
{# now() #}
with orders as (

    select * from {{ ref("int_orders") }}

),

recent as {{ evaluated_once() }} (

    select
        order_id,
        extract(year from ordered_at) as year,  -- ntile(4) would be wrong
        'current_date' as word,
        trim(both from note) as note,
        cast(amount as numeric) as amount
    from orders
    where
        ordered_at < {{ as_of_date() }}
        and note is distinct from word
        and order_id in (select order_id from orders)

),

final as (

    select recent.*
    from recent
    cross join lateral unnest(tags) as tag
    inner join generate_series(1, 3) as number on true
    left join (select 1 as one) as ones on true

)

select * from final
"""
MODEL = PurePosixPath("models/marts/core/fct_orders.sql")


def bad_sql(old: str, new: str) -> tuple[PurePosixPath, str]:
    assert old in GOOD_SQL
    return MODEL, GOOD_SQL.replace(old, new)


BAD_FILES: dict[str, list[tuple[PurePosixPath, str]]] = {
    "relations_are_never_written_out": [
        bad_sql('{{ ref("int_orders") }}', "intermediate.int_orders"),
        bad_sql('{{ ref("int_orders") }}', "int_orders"),
        bad_sql('{{ ref("int_orders") }}', "{{ target.schema }}.int_orders"),
        bad_sql("left join (select 1 as one) as ones", "left join marts.ones"),
        bad_sql("select order_id from orders", "select order_id from raw.orders"),
    ],
    "nothing_asks_the_clock_or_chance": [
        bad_sql("{{ as_of_date() }}", "current_date"),
        bad_sql("{{ as_of_date() }}", "NOW()"),
        bad_sql("order_id,\n", "random () as chance,\n"),
        (
            PurePosixPath("macros/dates/today.sql"),
            "{% macro today() %}now(){% endmacro %}",
        ),
    ],
    "ties_are_not_broken_by_row_order": [
        bad_sql("order_id,\n", "ntile(5) over (order by amount) as score,\n")
    ],
    "sql_is_portable": [
        bad_sql("cast(amount as numeric)", "amount::numeric"),
        bad_sql("select recent.*", "select distinct\n    on (order_id) recent.*"),
    ],
    "models_end_with_final": [
        bad_sql("select * from final", "select *\nfrom final"),
        bad_sql("select * from final", "select * from recent"),
    ],
    "models_are_short": [(MODEL, "\n" * 130 + GOOD_SQL)],
    "sql_lines_are_short": [bad_sql("would be wrong", "would be " + "very " * 9)],
    "yaml_is_short": [(PurePosixPath("models/marts/core/_core.yml"), "a: 1\n" * 401)],
    "one_macro_per_file": [
        (
            PurePosixPath("macros/money/cents.sql"),
            "{% macro cents(x) %}{% endmacro %}{%- macro euros(x) %}{% endmacro %}",
        ),
        (PurePosixPath("macros/money/cents.sql"), "{% macro euros(x) %}{% endmacro %}"),
        (PurePosixPath("tests/generic/is_cents.sql"), "select 1"),
    ],
    "macros_stand_in_folders_by_kind": [
        (PurePosixPath("macros/cents.sql"), "{% macro cents(x) %}{% endmacro %}")
    ],
}
GOOD_FILES = [
    (MODEL, GOOD_SQL),
    (
        PurePosixPath("macros/money/cents.sql"),
        "{% macro cents(x) %}{% endmacro %}{% macro default__cents(x) %}{% endmacro %}",
    ),
    (PurePosixPath("tests/generic/is_cents.sql"), "{% test is_cents(model) %}"),
    (PurePosixPath("macros/audit/record.sql"), "{% macro record() %} now()"),
    (PurePosixPath("models/marts/core/_core.yml"), "a: 1\n" * 400),
]


@pytest.mark.parametrize("name", file_rules.RULES)
def test_good_files_pass(name: str) -> None:
    for path, text in GOOD_FILES:
        assert not file_rules.RULES[name](path, text)


@pytest.mark.parametrize(
    ("name", "number"),
    [(name, i) for name in file_rules.RULES for i in range(len(BAD_FILES[name]))],
)
def test_a_bad_file_is_caught(name: str, number: int) -> None:
    assert file_rules.RULES[name](*BAD_FILES[name][number])
