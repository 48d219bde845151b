{% macro user_record_id(id, email) -%}
    {#- A channel that keeps no list of its users knows one by what it saw: who
        logs in with another address is another record. -#}
    nullif(concat({{ id }}, '|', {{ email }}), '|')
{%- endmacro %}
