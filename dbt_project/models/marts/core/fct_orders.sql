with transactions as (
    select * from {{ ref("fct_transactions") }}
),

final as (
    select
        -- ids
        order_key,
        min(customer_key) as customer_key,
        min(system) as system,
        min(source_order_id) as source_order_id,

        -- strings
        min(channel) as channel,

        -- numerics
        count(*) as lines,
        sum(case when is_revenue then quantity else 0 end) as quantity,
        sum(revenue) as revenue,

        -- booleans
        bool_or(is_revenue) as is_revenue,

        -- dates
        cast(min(ordered_at) as date) as order_date,

        -- timestamps
        min(ordered_at) as ordered_at
    from transactions
    group by order_key
)

select * from final
