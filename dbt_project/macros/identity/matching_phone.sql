{% macro matching_phone(column) -%}
    {#- Without the prefix of the country, which not everybody writes. -#}
    nullif(right(regexp_replace({{ column }}, '[^0-9]', '', 'g'), 10), '')
{%- endmacro %}
