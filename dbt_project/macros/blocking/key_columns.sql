{% macro key_columns() -%}
    {#- Columns of the keys of all blocking rules. -#}
    {%- set names = [] -%}
    {%- for rule in blocking_rules() -%}
        {%- for column in block_columns(rule) -%}
            {%- do names.append(column.name) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro %}
