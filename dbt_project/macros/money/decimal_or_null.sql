{% macro decimal_or_null(column, digits, scale) -%}
    (
        with given as {{ evaluated_once() }} (
            select {{ decimal_text(column) }} as digits_text
        )

        select {{ bounded_decimal("digits_text", digits, scale) }} from given
    )
{%- endmacro %}
