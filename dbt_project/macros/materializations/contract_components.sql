{% macro contract_components(edges, hooks, contracted) -%}
    {#- One round of label_components, from the table of edges to those of hooks
        (node, parent) and of contracted edges; returns how many of these are
        left. -#}
    {% do run_query("
        create temporary table " ~ hooks ~ " on commit drop as
        select node, least(node, min(neighbour)) as parent
        from (
            select node, other_node as neighbour from " ~ edges ~ "
            union all
            select other_node, node from " ~ edges ~ "
            where other_node <> node
        ) as neighbours
        group by node
    ") %}
    {% do collapse_chains(hooks) %}
    {{ return(run_query("
        analyze " ~ hooks ~ ";

        create temporary table " ~ contracted ~ " on commit drop as
        select distinct
            greatest(this.parent, other.parent) as node,
            least(this.parent, other.parent) as other_node
        from " ~ edges ~ " as edges
        inner join " ~ hooks ~ " as this on edges.node = this.node
        inner join " ~ hooks ~ " as other on edges.other_node = other.node
        where edges.node <> edges.other_node
            and this.parent <> other.parent;

        analyze " ~ contracted ~ ";

        select count(*) from " ~ contracted ~ ";
    ")[0][0]) }}
{%- endmacro %}
