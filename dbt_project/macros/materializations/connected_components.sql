{% materialization connected_components, adapter="postgres" -%}
    {#- The model selects edges (node, other_node), a lone node as an edge to
        itself; the table that is built has one row per node, with `component`
        the smallest node that can be reached from it.

        With the config `max_size` edges have a `weight`, and no component has
        more nodes than that: inside one that has, edges must reach the next
        multiple of `tighten_by` (1.0) above its weakest edge, and so on. -#}
    {{ return(build_table_from(find_components)) }}
{%- endmaterialization %}
