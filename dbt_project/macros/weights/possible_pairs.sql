{% macro possible_pairs(profiles) -%}
    {#- How many pairs of `profiles` could be one person: with the var
        identity_link_only, those that are not of one source. #}

with profiles as (
    select * from {{ profiles }}
),

sizes as (
    select
        source,
        cast(count(*) as double precision) as profiles
    from profiles
    group by source
),

final as (
    select
        cast(coalesce(sum(profiles), 0) as bigint) as profiles,
        coalesce(
            sum(profiles) * (sum(profiles) - 1) / 2
            {%- if var("identity_link_only") %}
            - coalesce(
                sum(profiles * (profiles - 1) / 2) filter (
                    where source is not null
                ),
                0
            )
            {%- endif %},
            0
        ) as possible_pairs
    from sizes
)

select * from final
{%- endmacro %}
