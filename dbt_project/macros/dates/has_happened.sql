{% macro has_happened(column) -%}
    {#- By the as-of date, of a CTE `as_of`. What has no date may be of any day;
        what is of tomorrow is not yet. -#}
    coalesce(cast({{ column }} as date) <= as_of.as_of_date, true)
{%- endmacro %}
