{% macro is_malformed(column) -%}
    {{ column }}_text is not null and {{ column }} is null
{%- endmacro %}
