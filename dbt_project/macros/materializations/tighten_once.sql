{% macro tighten_once(max_size) -%}
    {#- One step of tighten_components, on `crowded_nodes` and `crowded_edges`;
        returns how many components have too many nodes still. -#}
    {% do run_query("
        create temporary table kept_edges on commit drop as
        select node, other_node, tier
        from (
            select
                edges.*,
                min(edges.tier) over (
                    partition by crowded_nodes.component
                ) as weakest_tier
            from crowded_edges as edges
            inner join crowded_nodes on edges.node = crowded_nodes.node
        ) as edges
        where tier > weakest_tier
        union all
        select node, node as other_node, null as tier from crowded_nodes;

        analyze kept_edges;
        drop table crowded_nodes, crowded_edges;
    ") %}
    {% do label_components("kept_edges", "kept_labels") %}
    {{ return(run_query("
        create temporary table crowded_nodes on commit drop as
        " ~ crowded_nodes("kept_labels", max_size) ~ ";

        analyze crowded_nodes;

        insert into tightened_labels
        select node, component from kept_labels
        where component not in (select component from crowded_nodes);

        drop table kept_labels;
        alter table kept_edges rename to crowded_edges;
        delete from crowded_edges where tier is null;

        select count(distinct component) from crowded_nodes;
    ")[0][0]) }}
{%- endmacro %}
