{% macro any_other_value() -%}
    {#- What stands for the hash of a value that no two profiles share. -#}
    0
{%- endmacro %}
