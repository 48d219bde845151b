{% macro unknown_customer_key() -%}
    '00000000000000000000000000000000'
{%- endmacro %}
