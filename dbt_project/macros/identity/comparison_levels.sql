{% macro comparison_levels() -%}
    {#- What `comparisons` declares, as rows. -#}
    {%- set rows = [] -%}
    {%- for comparison in comparisons() -%}
        {%- set position = loop.index0 -%}
        {%- for label, condition in comparison.levels -%}
            {%- do rows.append(
                "('" ~ comparison.field ~ "', " ~ position ~ ", "
                ~ loop.index ~ ", '" ~ label ~ "')"
            ) -%}
        {%- endfor -%}
    {%- endfor %}
    select *
    from (
        values
        {{ rows | join(",\n        ") }}
    ) as levels (field, position, level, label)
{%- endmacro %}
