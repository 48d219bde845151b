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
        when {{ column }} ~ '^[+-]?[0-9]+([.][0-9]+)?$' then {{ column }}
        when {{ column }} ~ '[0-9] *[a-zA-Z]+ *[0-9]' then null
        when {{ signed }} ~ '^[+-]?[0-9]+([.][0-9]+)?$' then {{ signed }}
        when {{ signed }} ~ '^[+-]?[0-9]{1,3}(,[0-9]{3})+([.][0-9]+)?$'
            then replace({{ signed }}, ',', '')
        when {{ signed }} ~ '^[+-]?[0-9]{1,3}([.][0-9]{3})+,[0-9]+$'
            or {{ signed }} ~ '^[+-]?[0-9]+,[0-9]{1,2}$'
            then replace(replace({{ signed }}, '.', ''), ',', '.')
    end
{%- endmacro %}
