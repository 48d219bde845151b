{% macro email_or_null(column) -%}
    case when {{ is_email(column) }} then {{ column }} end
{%- endmacro %}
