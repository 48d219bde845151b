{% materialization average_linkage, adapter="postgres" -%}
    {#- The model selects every pair of every component once: (node, other_node,
        weight), a lone node as a pair with itself, whose weight does not count.
        Where there is a column is_must_link, the pairs that have it start in
        one cluster. The table that is built has one row per node, with
        `cluster` the smallest node of its cluster.

        Clusters merge while the mean weight between their nodes is above the
        config `threshold` (0), highest mean first. Weights are integers, so
        that sums are exact in any order, and ties are broken by the order of
        nodes inside their component: the result is the same however rows
        arrive, and a component's clusters depend on nothing outside it. -#}
    {{ return(build_table_from(link_clusters)) }}
{%- endmaterialization %}
