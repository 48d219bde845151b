{%- set given = var("as_of_date") -%}

with transactions as (
    select * from {{ ref("int_transactions") }}
),

customer_records as (
    select * from {{ ref("int_customer_records") }}
),

events as (
    select max(ordered_at) as happened_at from transactions
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
