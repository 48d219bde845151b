{% macro contract_components() -%}
    {#- One round of find_components; returns how many edges are left. -#}
    {% do run_query("
        analyze component_edges;

        create temporary table component_hooks on commit drop as
        select node_id, least(node_id, min(neighbour_id)) as parent_id
        from (
            select node_id, smaller_id as neighbour_id from component_edges
            union all
            select smaller_id, node_id from component_edges
        ) as neighbours
        group by node_id;

        analyze component_hooks;
    ") %}
    {%- set jumping = namespace(moved=1) -%}
    {#- every jump halves the longest chain: 64 reach the root of any -#}
    {%- for _ in range(64) -%}
        {%- if jumping.moved > 0 -%}
            {%- set jumping.moved = run_query("
                create temporary table component_jumped on commit drop as
                select
                    hooks.node_id,
                    parents.parent_id,
                    hooks.parent_id <> parents.parent_id as is_moved
                from component_hooks as hooks
                inner join component_hooks as parents
                    on hooks.parent_id = parents.node_id;

                drop table component_hooks;
                alter table component_jumped rename to component_hooks;

                select count(*) from component_hooks where is_moved;
            ")[0][0] -%}
        {%- endif -%}
    {%- endfor -%}
    {% do run_query("
        create temporary table component_relabelled on commit drop as
        select
            labels.node_id,
            coalesce(hooks.parent_id, labels.root_id) as root_id
        from component_labels as labels
        left join component_hooks as hooks on labels.root_id = hooks.node_id;

        drop table component_labels;
        alter table component_relabelled rename to component_labels;

        create temporary table component_contracted on commit drop as
        select distinct
            greatest(this.parent_id, other.parent_id) as node_id,
            least(this.parent_id, other.parent_id) as smaller_id
        from component_edges
        inner join component_hooks as this
            on component_edges.node_id = this.node_id
        inner join component_hooks as other
            on component_edges.smaller_id = other.node_id
        where this.parent_id <> other.parent_id;

        drop table component_edges;
        alter table component_contracted rename to component_edges;
        drop table component_hooks;
    ") %}
    {{ return(run_query("select count(*) from component_edges")[0][0]) }}
{%- endmacro %}
