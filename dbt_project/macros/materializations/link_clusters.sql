{% macro link_clusters(pairs_sql) -%}
    {#- Query of (node, cluster) for the pairs of a model; prints its rounds.

        In each round all pairs of clusters merge that are each other's best.
        That comes to the same as to merge the best pair of all, one at a time:
        a merged cluster is no better a partner than the better of its parts, as
        its mean lies between theirs and it goes by the number of one of them,
        so that no merge parts two that are each other's best. -#}
    {%- set threshold = config.get("threshold", 0) -%}
    {%- set types = read_edges(pairs_sql) -%}
    {% do number_members() %}
    {% do read_pairs(threshold, types) %}
    {#- The best pair of a component always merges, so that every round leaves
        each unfinished component at least one cluster less. -#}
    {%- set most_rounds = run_query("
        select coalesce(max(size), 1) - 1 from linkage_members
    ")[0][0] | int -%}
    {%- set progress = namespace(rounds=0, merges=1) -%}
    {%- for _ in range(most_rounds + 1) -%}
        {%- if progress.merges > 0 -%}
            {%- set progress.merges = merge_best_pairs(threshold) -%}
            {%- if progress.merges > 0 -%}
                {%- set progress.rounds = progress.rounds + 1 -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if progress.merges > 0 -%}
        {{ exceptions.raise_compiler_error(
            "average_linkage of " ~ model.name ~ " did not converge in "
            ~ most_rounds ~ " rounds"
        ) }}
    {%- endif -%}
    {{ log(model.name ~ ": " ~ progress.rounds ~ " rounds", info=true) }}
    {% do collapse_chains("linkage_merges") %}
    {% do run_query("analyze linkage_merges") %}
    {{ return(name_nodes("
        select
            members.node,
            coalesce(roots.node, members.node) as cluster
        from linkage_members as members
        left join linkage_merges as merges on members.cluster = merges.node
        left join linkage_members as roots on merges.parent = roots.cluster
    ", "cluster", types)) }}
{%- endmacro %}
