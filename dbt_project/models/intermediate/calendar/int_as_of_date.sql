{%- set given = var("as_of_date") -%}

with transactions as (
    select * from {{ ref("int_transactions") }}
),

interactions as (
    select * from {{ ref("int_interactions") }}
),

touches as (
    select * from {{ ref("int_marketing_touches") }}
),

loyalty_points as (
    select * from {{ ref("int_loyalty_points") }}
),

support_cases as (
    select * from {{ ref("int_support_cases") }}
),

customer_records as (
    select * from {{ ref("int_customer_records") }}
),

-- What has happened: a campaign's spending may be planned, an opportunity
-- closes some day.
events as (
    select ordered_at as happened_at from transactions
    union all
    select occurred_at as happened_at from interactions
    union all
    select touched_at as happened_at from touches
    union all
    select occurred_at as happened_at from loyalty_points
    union all
    select opened_at as happened_at from support_cases
    union all
    select updated_at as happened_at from customer_records
),

days as (
    select
        cast(happened_at as date) as event_date,
        count(*) as event_count
    from events
    where happened_at is not null
    group by 1
),

ranked as (
    select
        event_date,
        event_date - lag(event_date) over (order by event_date)
            as silent_days,
        sum(event_count) over (order by event_date desc) as events_since,
        sum(event_count) over () as events_in_all
    from days
),

-- A year without any event, and then next to none: those are mistyped, and one
-- of them would let everything else lie years back.
strays as (
    select min(event_date) as first_stray_date
    from ranked
    where silent_days > 366 and events_since * 100 < events_in_all
),

final as (
    select
        coalesce(
            cast({{ "'" ~ given ~ "'" if given else "null" }} as date),
            max(ranked.event_date),
            -- an empty warehouse has no event: then it is the epoch
            cast('1970-01-01' as date)
        ) as as_of_date
    from ranked
    cross join strays
    where
        strays.first_stray_date is null
        or ranked.event_date < strays.first_stray_date
)

select * from final
