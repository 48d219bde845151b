{% macro one_line_address(column) -%}
    {#- Line breaks part an address as commas do. -#}
    {%- set line -%}
    replace(replace({{ column }}, chr(13), ''), chr(10), ', ')
    {%- endset -%}
    {{ clean_text(line) }}
{%- endmacro %}
