{% macro linking_rules() -%}
    {#- The rules that link records, the most trusted first. -#}
    {{ return(
        ["override"] + linking_identifiers() | map(attribute="type") | list
    ) }}
{%- endmacro %}
