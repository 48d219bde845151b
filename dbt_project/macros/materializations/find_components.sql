{% macro find_components(edges_sql) -%}
    {#- Leaves `component_nodes` (node_id, node) and `component_labels`
        (node_id, root_id), dropped at commit. Returns the rounds it took. -#}
    {% do run_query("
        create temporary table component_input on commit drop as
        select node, other_node from (" ~ edges_sql ~ ") as edges;

        create temporary table component_nodes on commit drop as
        select row_number() over (order by node) as node_id, node
        from (
            select node from component_input
            union
            select other_node from component_input
        ) as nodes;

        analyze component_nodes;

        create temporary table component_edges on commit drop as
        select distinct
            greatest(this.node_id, other.node_id) as node_id,
            least(this.node_id, other.node_id) as smaller_id
        from component_input
        inner join component_nodes as this
            on component_input.node = this.node
        inner join component_nodes as other
            on component_input.other_node = other.node
        where component_input.node <> component_input.other_node;

        create temporary table component_labels on commit drop as
        select node_id, node_id as root_id from component_nodes;
    ") %}
    {%- set nodes = run_query("
        select count(*) from component_nodes
    ")[0][0] -%}
    {#- 2 log2(n) rounds are enough for all graphs we know; more is a fault. -#}
    {%- set most_rounds = 2 * (nodes | string | length) * 4 + 4 -%}
    {%- set progress = namespace(
        rounds=0,
        edges=run_query("select count(*) from component_edges")[0][0],
    ) -%}
    {%- for _ in range(most_rounds) -%}
        {%- if progress.edges > 0 -%}
            {%- set progress.rounds = progress.rounds + 1 -%}
            {%- set progress.edges = contract_components() -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if progress.edges > 0 -%}
        {{ exceptions.raise_compiler_error(
            "connected_components did not converge in "
            ~ most_rounds ~ " rounds"
        ) }}
    {%- endif -%}
    {{ return(progress.rounds) }}
{%- endmacro %}
