{% macro exact_timestamp(column) -%}
    {#- One expression for where no CTE can go before, and with the fractions of
        a second that iso_date_text leaves off. -#}
    (
        with cleaned as {{ evaluated_once() }} (
            select {{ clean_text(column) }} as given_text
        ),

        parsed as {{ evaluated_once() }} (
            select
                {{ iso_date_text("given_text", day_first=none) }} as given_iso,
                substring(given_text from ':[0-9]{2}([.][0-9]{1,6})')
                    as fraction
            from cleaned
        )

        select
            {{ timestamp_or_null("given_iso") }}
            + cast(concat('0', fraction, ' seconds') as interval)
        from parsed
    )
{%- endmacro %}
