{% macro decimal_text(column) -%}
    {#- Drops currency signs and grouping: "$1,234.50", "1.234,50 EUR" and
        "(45.10)" become 1234.50, 1234.50 and -45.10. A lone comma or point
        before exactly three digits groups thousands only when it is a comma.
        Anything that is not a number is null. -#}
    {%- set bare -%}
    regexp_replace(
        {{ column }}, '[[:space:]''a-zA-Z\u00a3\u20ac$\u00a5\u20b9]', '', 'g'
    )
    {%- endset -%}
    {%- set signed -%}
    regexp_replace({{ bare }}, '^\((.*)\)$', '-\1')
    {%- endset -%}
    case
        when {{ column }} ~ '\d *[a-zA-Z]+ *\d' then null
        when {{ signed }} ~ '^[+-]?\d+(\.\d+)?$' then {{ signed }}
        when {{ signed }} ~ '^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$'
            then replace({{ signed }}, ',', '')
        when {{ signed }} ~ '^[+-]?\d{1,3}(\.\d{3})+,\d+$'
            or {{ signed }} ~ '^[+-]?\d+,\d{1,2}$'
            then replace(replace({{ signed }}, '.', ''), ',', '.')
    end
{%- endmacro %}
