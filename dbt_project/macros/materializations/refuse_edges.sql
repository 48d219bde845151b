{% macro refuse_edges(fault, faulty_sql, types=none) -%}
    {#- Ends the run if the query of (node, other_node) finds any, and names up
        to five of them. With types, those of read_edges, the query has
        integers. -#}
    {%- set found = run_query("
        select * from (" ~ faulty_sql ~ ") as faulty order by 1, 2 limit 5
    ") -%}
    {%- if found | length > 0 -%}
        {%- set pairs = [] -%}
        {%- for row in found -%}
            {%- do pairs.append(
                "(" ~ node_name(row[0], types) ~ ", "
                ~ node_name(row[1], types) ~ ")"
            ) -%}
        {%- endfor -%}
        {{ exceptions.raise_compiler_error(
            model.name ~ " " ~ fault ~ ", such as " ~ pairs | join(", ")
        ) }}
    {%- endif -%}
{%- endmacro %}
