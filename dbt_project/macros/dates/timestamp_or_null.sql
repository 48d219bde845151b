{% macro timestamp_or_null(column, day_first, earliest_year=none) -%}
    (
        with given as {{ evaluated_once() }} (
            select {{ iso_date_text(column, day_first) }} as iso_text
        )

        select {{ iso_timestamp("iso_text", earliest_year) }} from given
    )
{%- endmacro %}
