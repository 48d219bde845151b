{% macro read_pairs(threshold, types) -%}
    {#- Leaves the pairs of `graph_edges` as pairs of clusters, `linkage_pairs`
        (cluster, other_cluster, total, pairs), and what is decided without
        rounds, must-links and components of two, as `linkage_merges` (node,
        parent). Refuses pairs that average linkage has no answer for. -#}
    {%- set is_must_link = "coalesce(edges.is_must_link, false)"
        if "is_must_link" in types else "false" -%}
    {%- if types["weight"] not in ("smallint", "integer", "bigint") -%}
        {{ exceptions.raise_compiler_error(
            "average_linkage of " ~ model.name ~ " sums integers: weight is "
            ~ types["weight"]
        ) }}
    {%- endif -%}
    {% do refuse_edges("selects pairs without a weight", "
        select node, other_node
        from graph_edges
        where weight is null and node <> other_node
    ", types) %}
    {%- if run_query("
        select count(*) from linkage_members where not is_whole
    ")[0][0] > 0 -%}
        {% do refuse_pairs(types) %}
    {%- endif -%}
    {% do run_query("
        create temporary table linkage_merges on commit drop as
        select members.cluster | 1 as node, (members.cluster | 1) - 1 as parent
        from graph_edges as edges
        inner join linkage_members as members on edges.node = members.node
        where members.size = 2
            and (edges.weight > " ~ threshold ~ " or " ~ is_must_link ~ ");

        create temporary table linkage_pairs on commit drop as
        select
            least(this.cluster, other.cluster) as cluster,
            greatest(this.cluster, other.cluster) as other_cluster,
            cast(edges.weight as bigint) as total,
            cast(1 as bigint) as pairs,
            " ~ is_must_link ~ " as is_must_link
        from graph_edges as edges
        inner join linkage_members as this
            on edges.node = this.node and this.size > 2
        inner join linkage_members as other
            on edges.other_node = other.node and other.size > 2;

        create temporary table must_links on commit drop as
        select cluster as node, other_cluster as other_node
        from linkage_pairs
        where is_must_link;
    ") %}
    {%- if run_query("select count(*) from must_links")[0][0] > 0 -%}
        {% do run_query("
            insert into must_links
            select cluster, cluster from linkage_members where size > 2
        ") %}
        {% do label_components("must_links", "linkage_steps") %}
        {% do run_query("
            alter table linkage_steps rename column component to parent
        ") %}
        {% do regroup_pairs() %}
    {%- endif -%}
{%- endmacro %}
