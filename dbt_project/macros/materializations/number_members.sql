{% macro number_members() -%}
    {#- Leaves `linkage_members` from `graph_edges`: each node with the size of
        its component and the number of the cluster that it is at first.

        The number has the component's in its upper bits and the node's place in
        its component in the lower 20, so that the order of numbers is that of
        nodes, and `#` (exclusive or) of two depends on their places only.

        A node that is_whole has a pair with every other node of its component,
        and with each of them once: its neighbours are as many as those, and
        have the same hash together. -#}
    {% do run_query("
        create temporary table linkage_nodes on commit drop as
        select
            node,
            -- where no pair is missing: the smallest node of its component
            min(least(node, neighbour)) as component,
            count(*) filter (where neighbour <> node) + 1 as size,
            bit_xor(hashint8extended(neighbour, 0))
                filter (where neighbour <> node) as neighbours_hash
        from (
            select node, other_node as neighbour from graph_edges
            union all
            select other_node, node from graph_edges
        ) as neighbours
        group by node;

        analyze linkage_nodes;

        create temporary table linkage_members on commit drop as
        select
            node,
            component,
            size,
            count(*) over (partition by component) = size
            and bit_xor(hashint8extended(node, 0))
                over (partition by component)
            = neighbours_hash # hashint8extended(node, 0) as is_whole,
            (dense_rank() over (order by component)) << 20
            | (row_number() over (partition by component order by node) - 1)
                as cluster
        from linkage_nodes
        where size > 1
        union all
        select node, component, size, true as is_whole, null as cluster
        from linkage_nodes
        where size = 1;

        analyze linkage_members;
        drop table linkage_nodes;
    ") %}
{%- endmacro %}
