{% macro plain_number(text) -%}
    {#- The number that a text is, without any rule of how amounts are
        written; null for every other text. -#}
    case
        when {{ text }} ~ '^-?[0-9]{1,30}([.][0-9]{1,30})?$'
            then cast({{ text }} as numeric)
    end
{%- endmacro %}
