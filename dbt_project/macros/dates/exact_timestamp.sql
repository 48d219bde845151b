{% macro exact_timestamp(column) -%}
    {#- With the fractions of a second that timestamp_or_null leaves off. -#}
    (
        with cleaned as {{ evaluated_once() }} (
            select {{ clean_text(column) }} as given_text
        )

        select
            {{ timestamp_or_null("given_text", day_first=none) }}
            + cast(
                concat(
                    '0',
                    substring(given_text from ':[0-9]{2}([.][0-9]{1,6})'),
                    ' seconds'
                ) as interval
            )
        from cleaned
    )
{%- endmacro %}
