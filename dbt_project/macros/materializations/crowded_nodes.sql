{% macro crowded_nodes(labels, max_size) -%}
    {#- Query of the nodes of components with more than max_size of them. -#}
    {{ return("
        select node, component
        from " ~ labels ~ "
        where component in (
            select component
            from " ~ labels ~ "
            group by component
            having count(*) > " ~ max_size ~ "
        )
    ") }}
{%- endmacro %}
