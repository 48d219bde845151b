{% macro block_meetings() -%}
    {#- The columns of keys by which two profiles can meet, as pairs. -#}
    {%- set meetings = [] -%}
    {%- for rule in blocking_rules() -%}
        {%- set columns = block_columns(rule) | map(attribute="name") | list -%}
        {%- for column in columns -%}
            {%- for other_column in columns -%}
                {%- do meetings.append([column, other_column]) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(meetings) }}
{%- endmacro %}
