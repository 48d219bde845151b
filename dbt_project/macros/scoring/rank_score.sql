{% macro rank_score(column, direction, classes=5) -%}
    {#- A score from 1 to `classes` by rank. Equal values get equal scores,
        which ntile does not promise. -#}
    {%- if direction not in ["asc", "desc"] -%}
        {{ exceptions.raise_compiler_error(
            "rank_score takes asc or desc; not " ~ direction
        ) }}
    {%- endif -%}
    cast(
        least(
            {{ classes }},
            1 + floor(
                {{ classes }}
                * percent_rank() over (order by {{ column }} {{ direction }})
            )
        ) as integer
    )
{%- endmacro %}
