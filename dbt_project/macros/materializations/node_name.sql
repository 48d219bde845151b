{% macro node_name(node, types=none) -%}
    {#- The model's own name of a node, given the integer of read_edges. -#}
    {%- if types is none or has_integer_nodes(types) -%}
        {{ return(node) }}
    {%- endif -%}
    {{ return(run_query(
        "select node from graph_nodes where number = " ~ node
    )[0][0]) }}
{%- endmacro %}
