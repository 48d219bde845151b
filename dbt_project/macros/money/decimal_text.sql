{% macro decimal_text(column) -%}
    {#- Drops the reporting currency's sign and grouping: "$1,234.50",
        "1.234,50 USD" and "(45.10)" become 1234.50, 1234.50 and -45.10. A lone
        comma or point before exactly three digits groups thousands only when
        it is a comma. Anything else is null, an amount in another currency
        too: reading it as ours would be worse than not reading it. -#}
    {%- set currency = var("reporting_currency") -%}
    {%- set sign = {
        "EUR": "\u20ac", "GBP": "\u00a3", "INR": "\u20b9", "JPY": "\u00a5",
        "USD": "[$]",
    }.get(currency, currency) -%}
    {%- set bare -%}
    regexp_replace(
        {{ column }}, '[[:space:]'']|{{ currency }}|{{ sign }}', '', 'gi'
    )
    {%- endset -%}
    {%- set signed -%}
    regexp_replace({{ bare }}, '^\((.*)\)$', '-\1')
    {%- endset -%}
    case
        when {{ column }} ~ '^[+-]?[0-9]+([.][0-9]+)?$' then {{ column }}
        when {{ column }} ~ '[0-9] *[a-zA-Z]+ *[0-9]' then null
        when {{ signed }} ~ '^[+-]?[0-9]+([.][0-9]+)?$' then {{ signed }}
        when {{ signed }} ~ '^[+-]?[1-9][0-9]{0,2}(,[0-9]{3})+([.][0-9]+)?$'
            then replace({{ signed }}, ',', '')
        when {{ signed }} ~ '^[+-]?[1-9][0-9]{0,2}([.][0-9]{3})+,[0-9]+$'
            or {{ signed }} ~ '^[+-]?[0-9]+,[0-9]{1,2}$'
            then replace(replace({{ signed }}, '.', ''), ',', '.')
    end
{%- endmacro %}
