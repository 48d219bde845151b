{% macro collapse_chains(table) -%}
    {#- Points each node of a temporary table (node, parent) at the root of its
        chain of parents. Every jump halves the longest chain: 64 reach the root
        of any. -#}
    {%- set jumping = namespace(moved=1) -%}
    {%- for _ in range(64) -%}
        {%- if jumping.moved > 0 -%}
            {%- set jumping.moved = run_query("
                analyze " ~ table ~ ";

                create temporary table jumped on commit drop as
                select
                    this.node,
                    coalesce(parents.parent, this.parent) as parent,
                    parents.parent <> this.parent as is_moved
                from " ~ table ~ " as this
                left join " ~ table ~ " as parents
                    on this.parent = parents.node;

                drop table " ~ table ~ ";
                alter table jumped rename to " ~ table ~ ";

                select count(*) from " ~ table ~ " where is_moved;
            ")[0][0] -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}
