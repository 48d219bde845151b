with transactions as (
    select * from {{ ref("fct_transactions") }}
),

final as (
    select
        -- ids
        order_key,
        -- the unknown customer's key is the smallest: a known buyer wins
        max(customer_key) as customer_key,
        min(system) as system,
        min(source_order_id) as source_order_id,

        -- strings
        min(channel) as channel,

        -- numerics
        count(*) as lines,
        sum(case when is_revenue then quantity else 0 end) as quantity,
        sum(revenue) as revenue,

        -- booleans
        -- money given back lowers revenue and is no purchase
        bool_or(is_revenue and net_amount >= 0) as is_purchase,

        -- dates
        cast(
            coalesce(
                min(ordered_at) filter (where is_revenue), min(ordered_at)
            ) as date
        ) as order_date,

        -- timestamps
        coalesce(min(ordered_at) filter (where is_revenue), min(ordered_at))
            as ordered_at
    from transactions
    where status <> 'abandoned'
    group by order_key
)

select * from final
