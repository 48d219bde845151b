{% macro tighten_components(max_size, tighten_by) -%}
    {#- Divides the components of `component_labels` that have more than
        max_size nodes, by their weakest edges; prints its steps. A step takes
        from each of them the edges below the next multiple of tighten_by above
        its weakest one, so that what becomes of a component depends on nothing
        outside it. -#}
    {% do refuse_edges("selects pairs without a weight", "
        select node, other_node
        from graph_edges
        where weight is null and node <> other_node
    ") %}
    {%- set large = run_query("
        create temporary table crowded_nodes on commit drop as
        " ~ crowded_nodes("component_labels", max_size) ~ ";

        analyze crowded_nodes;

        -- infinite weights, too, have to fit a bigint
        create temporary table crowded_edges on commit drop as
        select
            edges.node,
            edges.other_node,
            cast(floor(least(greatest(
                cast(edges.weight as double precision) / " ~ tighten_by ~ ",
                -1e18), 1e18
            )) as bigint) as tier
        from graph_edges as edges
        inner join crowded_nodes on edges.node = crowded_nodes.node
        where edges.node <> edges.other_node;

        create temporary table tightened_labels on commit drop as
        select node, component from component_labels where false;

        select count(distinct component) from crowded_nodes;
    ")[0][0] -%}
    {#- A step takes one tier at least from each of them. -#}
    {%- set tiers = run_query(
        "select count(distinct tier) from crowded_edges"
    )[0][0] | int -%}
    {%- if tiers > 1000 -%}
        {{ exceptions.raise_compiler_error(
            "connected_components of " ~ model.name ~ " would take up to "
            ~ tiers ~ " steps: tighten_by, which is " ~ tighten_by
            ~ ", has to be larger for its weights"
        ) }}
    {%- endif -%}
    {%- set progress = namespace(steps=0, left=large) -%}
    {%- for _ in range(tiers) -%}
        {%- if progress.left > 0 -%}
            {%- set progress.steps = progress.steps + 1 -%}
            {%- set progress.left = tighten_once(max_size) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if large > 0 -%}
        {% do run_query("
            analyze tightened_labels;
            alter table component_labels rename to loose_labels;

            create temporary table component_labels on commit drop as
            select
                loose_labels.node,
                coalesce(
                    tightened_labels.component, loose_labels.component
                ) as component
            from loose_labels
            left join tightened_labels
                on loose_labels.node = tightened_labels.node;
        ") %}
    {%- endif -%}
    {{ log(
        model.name ~ ": " ~ large ~ " components of more than " ~ max_size
        ~ " nodes, divided in " ~ progress.steps ~ " steps",
        info=true
    ) }}
{%- endmacro %}
