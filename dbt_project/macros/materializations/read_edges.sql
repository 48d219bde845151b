{% macro read_edges(edges_sql) -%}
    {#- Leaves the edges of a model as `graph_edges`, dropped at commit, whose
        node and other_node are integers: the model's own, or else numbers in
        the order of its nodes, which `graph_nodes` (number, node) tells. What
        would get a number and has no other node beside it is in
        `graph_lone_nodes` (node) alone. Returns the type of each column of the
        model. -#}
    {% do run_query("
        create temporary table graph_edges on commit drop as
        select * from (" ~ edges_sql ~ ") as edges
    ") %}
    {%- set types = {} -%}
    {%- for row in run_query("
        select attname, format_type(atttypid, null)
        from pg_attribute
        where attrelid = 'pg_temp.graph_edges'::regclass and attnum > 0
    ") -%}
        {%- do types.update({row[0]: row[1]}) -%}
    {%- endfor -%}
    {% do refuse_edges("selects pairs without a node", "
        select node, other_node
        from graph_edges
        where node is null or other_node is null
    ") %}
    {%- if not has_integer_nodes(types) -%}
        {% do run_query("
            create temporary table graph_nodes on commit drop as
            select row_number() over (order by node) as number, node
            from (
                select node from graph_edges
                where other_node <> node
                union
                select other_node from graph_edges
                where other_node <> node
            ) as nodes;

            analyze graph_nodes;
            alter table graph_edges rename to graph_named_edges;

            create temporary table graph_lone_nodes on commit drop as
            select distinct edges.node
            from graph_named_edges as edges
            left join graph_nodes as nodes on edges.node = nodes.node
            where edges.node = edges.other_node and nodes.node is null;

            create temporary table graph_edges on commit drop as
            select
                this.number as node,
                other.number as other_node"
                ~ (", edges.weight" if "weight" in types else "")
                ~ (", edges.is_must_link" if "is_must_link" in types else "")
                ~ "
            from graph_named_edges as edges
            inner join graph_nodes as this on edges.node = this.node
            inner join graph_nodes as other on edges.other_node = other.node
            where edges.node <> edges.other_node;

            drop table graph_named_edges;
        ") %}
    {%- endif -%}
    {% do run_query("analyze graph_edges") %}
    {{ return(types) }}
{%- endmacro %}
