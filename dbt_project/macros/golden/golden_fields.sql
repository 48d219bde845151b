{% macro golden_fields() -%}
    {#- The fields of a golden record. -#}
    {%- set fields = [] -%}
    {%- for part in golden_parts() -%}
        {%- do fields.extend(part.fields) -%}
    {%- endfor -%}
    {{ return(fields) }}
{%- endmacro %}
