{% macro in_millionths(weight) -%}
    {{ return((weight * 1000000) | round | int) }}
{%- endmacro %}
