-- Of every customer who is known: whose order it is says the order, and who has
-- money back but no purchase has no RFM.
with transactions as (
    select * from {{ ref("fct_transactions") }}
),

orders as (
    select * from {{ ref("fct_orders") }}
),

customer_360 as (
    select * from {{ ref("customer_360") }}
),

customer_clv as (
    select * from {{ ref("customer_clv") }}
),

customer_rfm as (
    select * from {{ ref("customer_rfm") }}
),

totals as (
    select
        'fct_transactions' as mart,
        coalesce(sum(transactions.revenue), 0) as revenue
    from transactions
    inner join orders on transactions.order_key = orders.order_key
    where orders.customer_key <> {{ unknown_customer_key() }}
    union all
    select
        'fct_orders' as mart,
        coalesce(sum(revenue), 0) as revenue
    from orders
    where customer_key <> {{ unknown_customer_key() }}
    union all
    select
        'customer_360' as mart,
        coalesce(sum(revenue), 0) as revenue
    from customer_360
    union all
    select
        'customer_clv' as mart,
        coalesce(sum(historical_clv), 0) as revenue
    from customer_clv
    union all
    select
        'customer_rfm' as mart,
        coalesce(sum(customer_rfm.monetary), 0)
        + coalesce(sum(customer_360.revenue) filter (
            where customer_rfm.customer_key is null
        ), 0) as revenue
    from customer_360
    left join customer_rfm
        on customer_360.customer_key = customer_rfm.customer_key
),

final as (
    select
        min(revenue) as least_revenue,
        max(revenue) as most_revenue
    from totals
    having min(revenue) <> max(revenue)
)

select * from final
