{% macro value_hash(field) -%}
    {{ return(adapter.dispatch("value_hash")(field)) }}
{%- endmacro %}


{% macro postgres__value_hash(field) -%}
    hashtextextended({{ field }}, 0)
{%- endmacro %}
