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
    select max(ordered_at) as happened_at from transactions
    union all
    select max(occurred_at) as happened_at from interactions
    union all
    select max(touched_at) as happened_at from touches
    union all
    select max(occurred_at) as happened_at from loyalty_points
    union all
    select max(opened_at) as happened_at from support_cases
    union all
    select max(updated_at) as happened_at from customer_records
),

final as (
    select
        coalesce(
            cast({{ "'" ~ given ~ "'" if given else "null" }} as date),
            cast(max(happened_at) as date),
            -- an empty warehouse has no event: then it is the epoch
            cast('1970-01-01' as date)
        ) as as_of_date
    from events
)

select * from final
