{% macro matching_date(column) -%}
    {#- Eight digits, the year first; what is written otherwise, its digits. -#}
    {%- set parts = "regexp_split_to_array(trim(" ~ column ~ "), '[^0-9]+')" -%}
    nullif(
        case
            when {{ column }} ~ '^ *[0-9]{4}[^0-9]+[0-9]{1,2}[^0-9]+[0-9]{1,2}'
                then ({{ parts }})[1]
                || lpad(({{ parts }})[2], 2, '0')
                || lpad(left(({{ parts }})[3], 2), 2, '0')
            when {{ column }} ~ '^ *[0-9]{1,2}[^0-9]+[0-9]{1,2}[^0-9]+[0-9]{4}'
                then left(({{ parts }})[3], 4)
                || lpad(({{ parts }})[2], 2, '0')
                || lpad(({{ parts }})[1], 2, '0')
            else left(regexp_replace({{ column }}, '[^0-9]', '', 'g'), 8)
        end,
        ''
    )
{%- endmacro %}
