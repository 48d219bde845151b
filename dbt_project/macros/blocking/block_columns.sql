{% macro block_columns(rule) -%}
    {#- The columns of a blocking rule's keys, each with the parts it is made
        of. -#}
    {%- set columns = [{"name": rule.name, "parts": rule.parts}] -%}
    {%- if rule.or_parts -%}
        {%- do columns.append({
            "name": "or_" ~ rule.name, "parts": rule.or_parts
        }) -%}
    {%- endif -%}
    {{ return(columns) }}
{%- endmacro %}
