{% macro has_integer_nodes(types) -%}
    {%- set integers = ("smallint", "integer", "bigint") -%}
    {{ return(
        types["node"] in integers and types["other_node"] in integers
    ) }}
{%- endmacro %}
