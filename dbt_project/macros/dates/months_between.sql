{% macro months_between(earlier, later) -%}
    {#- Calendar months from one date's month to the other's. -#}
    cast(
        (extract(year from {{ later }}) - extract(year from {{ earlier }})) * 12
        + extract(month from {{ later }}) - extract(month from {{ earlier }})
        as integer
    )
{%- endmacro %}
