{% macro level_of(field, vector="vector") -%}
    {%- set fields = comparisons() | map(attribute="field") | list -%}
    (({{ vector }} >> {{ 3 * fields.index(field) }}) & 7)
{%- endmacro %}
