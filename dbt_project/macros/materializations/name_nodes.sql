{% macro name_nodes(labels_sql, label, types) -%}
    {#- Query of (node, label) with the model's own nodes, from one with the
        integers of read_edges. -#}
    {%- if has_integer_nodes(types) -%}
        {{ return(labels_sql) }}
    {%- endif -%}
    {{ return("
        select this.node, root.node as " ~ label ~ "
        from (" ~ labels_sql ~ ") as labels
        inner join graph_nodes as this on labels.node = this.number
        inner join graph_nodes as root on labels." ~ label ~ " = root.number
        union all
        select node, node as " ~ label ~ "
        from graph_lone_nodes
    ") }}
{%- endmacro %}
