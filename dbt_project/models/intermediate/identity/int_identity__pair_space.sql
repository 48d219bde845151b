
with profiles as (
    select * from {{ ref("int_identity__profiles") }}
),

sizes as (
    select
        source,
        count(*) as profiles
    from profiles
    group by source
),

final as (
    select
        cast(coalesce(sum(profiles), 0) as bigint) as profiles,
        cast(
            coalesce(
                sum(profiles) * (sum(profiles) - 1) / 2
                {%- if var("identity_link_only") %}
                - sum(profiles * (profiles - 1) / 2) filter (
                    where source is not null
                )
                {%- endif %},
                0
            ) as bigint
        ) as possible_pairs
    from sizes
)

select * from final
