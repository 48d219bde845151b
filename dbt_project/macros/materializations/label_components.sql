{% macro label_components(edges, labels) -%}
    {#- Leaves the components of a table of edges (node, other_node) between
        integers as the temporary table `labels` (node, component). Returns the
        rounds it took.

        Min-hooking with pointer jumping (Shiloach and Vishkin 1982) on a graph
        that contracts: every round each node hooks onto its smallest neighbour,
        chains of hooks collapse to their roots, and only the edges between
        roots go on.

        2 log2(n) rounds are enough for n nodes. A root that nobody hooked onto
        was smaller than its neighbours, all of which hooked onto smaller nodes
        yet: in the next round it hooks onto one of those. So of the roots after
        one round, those left after the next have a second node in their tree,
        and two rounds at least halve the roots. -#}
    {%- set progress = namespace(
        rounds=0, left=1, edges=edges, root="hooks_1.parent", joins=""
    ) -%}
    {%- set nodes = run_query("
        select 2 * count(*) from " ~ edges ~ " where node <> other_node
    ")[0][0] | int -%}
    {%- set most_rounds = [2 * nodes.bit_length(), 1] | max -%}
    {%- for round in range(1, most_rounds + 1) -%}
        {%- if progress.left > 0 -%}
            {%- set hooks = "hooks_" ~ round -%}
            {%- set contracted = "contracted_" ~ round -%}
            {%- set progress.left = contract_components(
                progress.edges, hooks, contracted
            ) -%}
            {%- if round > 1 -%}
                {%- set progress.root =
                    "coalesce(" ~ hooks ~ ".parent, " ~ progress.root ~ ")" -%}
                {%- set before = "hooks_" ~ (round - 1) -%}
                {%- set progress.joins = progress.joins ~ "
                    left join " ~ hooks ~ "
                        on " ~ before ~ ".parent = " ~ hooks ~ ".node" -%}
                {% do run_query("drop table " ~ progress.edges) %}
            {%- endif -%}
            {%- set progress.edges = contracted -%}
            {%- set progress.rounds = round -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if progress.left > 0 -%}
        {{ exceptions.raise_compiler_error(
            "connected_components of " ~ model.name ~ " did not converge in "
            ~ most_rounds ~ " rounds"
        ) }}
    {%- endif -%}
    {% do run_query("
        create temporary table " ~ labels ~ " on commit drop as
        select hooks_1.node, " ~ progress.root ~ " as component
        from hooks_1" ~ progress.joins ~ ";

        analyze " ~ labels ~ ";
        drop table " ~ progress.edges ~ ";
    ") %}
    {%- for round in range(1, progress.rounds + 1) -%}
        {% do run_query("drop table hooks_" ~ round) %}
    {%- endfor -%}
    {{ return(progress.rounds) }}
{%- endmacro %}
