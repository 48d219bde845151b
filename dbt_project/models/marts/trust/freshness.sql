with facts as (
    select * from {{ ref("int_loads__facts") }}
),

freshness_expectations as (
    select * from {{ ref("freshness_expectations") }}
),

as_of as (
    select * from {{ ref("int_as_of_date") }}
),

aged as (
    select
        facts.fact,
        facts.system,
        facts.entity,
        cast(facts.newest_at as date) as newest_date,
        as_of.as_of_date,
        as_of.as_of_date - cast(facts.newest_at as date) as days_behind,
        coalesce(
            freshness_expectations.fresh_within_days,
            {{ var("fresh_within_days") }}
        ) as fresh_within_days
    from facts
    cross join as_of
    left join freshness_expectations
        on facts.system = freshness_expectations.system
        and facts.entity = freshness_expectations.entity
    -- a list without any date is neither fresh nor old
    where facts.newest_at is not null
),

final as (
    select
        *,
        days_behind <= fresh_within_days as is_fresh
    from aged
)

select * from final
