{% macro comparison_levels() -%}
    {#- What `comparisons` declares, as rows. -#}
    {%- set rows = [] -%}
    {%- for comparison in comparisons() -%}
        {%- set position = loop.index0 -%}
        {%- for label, condition in comparison.levels -%}
            {%- set most = comparison.most_different if loop.last -%}
            {%- do rows.append(
                "('" ~ comparison.field ~ "', " ~ position ~ ", "
                ~ loop.index ~ ", '" ~ label ~ "', "
                ~ "cast(" ~ (most or "null") ~ " as double precision))"
            ) -%}
        {%- endfor -%}
    {%- endfor %}
    select *
    from (
        values
        {{ rows | join(",\n        ") }}
    ) as levels (field, position, level, label, most_of_matches)
{%- endmacro %}
