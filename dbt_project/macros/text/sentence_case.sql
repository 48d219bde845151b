{% macro sentence_case(column) -%}
    upper(left({{ column }}, 1)) || lower(substr({{ column }}, 2))
{%- endmacro %}
