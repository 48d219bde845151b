{% macro refuse_pairs(types) -%}
    {#- Ends the run, with the reason, where `linkage_members` has nodes that
        are not whole. -#}
    {% do refuse_edges("selects pairs more than once", "
        select least(node, other_node), greatest(node, other_node)
        from graph_edges
        where node <> other_node
        group by 1, 2
        having count(*) > 1
    ", types) %}
    {#- A node of one component cannot be beside a node of another. -#}
    {% do refuse_edges("lacks pairs of nodes of one component", "
        select
            least(this.component, other.component),
            case
                when this.component > other.component then this.node
                else other.node
            end
        from graph_edges as edges
        inner join linkage_members as this on edges.node = this.node
        inner join linkage_members as other on edges.other_node = other.node
        where this.component <> other.component
    ", types) %}
    {% do refuse_edges("lacks pairs of nodes of one component", "
        select this.node, other.node
        from linkage_members as this
        inner join linkage_members as other
            on this.component = other.component and this.node < other.node
        left join graph_edges as edges
            on least(edges.node, edges.other_node) = this.node
            and greatest(edges.node, edges.other_node) = other.node
        where this.component in (
            select component from linkage_members where not is_whole
        )
        and edges.node is null
    ", types) %}
    {{ exceptions.raise_compiler_error(
        model.name ~ " does not select all pairs of its components once"
    ) }}
{%- endmacro %}
