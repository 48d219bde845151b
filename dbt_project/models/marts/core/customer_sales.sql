with customers as (
    select * from {{ ref("dim_customers") }}
),

orders as (
    select * from {{ ref("fct_orders") }}
),

as_of as (
    select * from {{ ref("int_as_of_date") }}
),

sales as (
    select
        orders.customer_key,
        count(*) as all_orders,
        count(*) filter (where orders.is_purchase) as orders,
        sum(orders.revenue) as revenue,
        count(*) filter (
            where orders.is_purchase
            and orders.order_date > as_of.as_of_date - 365
        ) as orders_12m,
        sum(orders.revenue) filter (
            where orders.order_date > as_of.as_of_date - 365
        ) as revenue_12m,
        min(orders.order_date) filter (where orders.is_purchase)
            as first_order_date,
        max(orders.order_date) filter (where orders.is_purchase)
            as last_order_date
    from orders
    cross join as_of
    -- an order without a date may be of any day; one of tomorrow is not yet
    where coalesce(orders.order_date <= as_of.as_of_date, true)
    group by orders.customer_key
),

channels as (
    select
        customer_key,
        channel,
        row_number() over (
            partition by customer_key
            order by count(*) desc, sum(revenue) desc, channel asc
        ) as preference_rank
    from orders
    where is_purchase
    group by customer_key, channel
),

final as (
    select
        customers.customer_key,
        as_of.as_of_date,
        coalesce(sales.orders, 0) as orders,
        coalesce(sales.all_orders - sales.orders, 0) as unfulfilled_orders,
        coalesce(sales.revenue, 0) as revenue,
        coalesce(sales.orders_12m, 0) as orders_12m,
        coalesce(sales.revenue_12m, 0) as revenue_12m,
        sales.revenue / nullif(sales.orders, 0) as average_order_value,
        sales.first_order_date,
        sales.last_order_date,
        as_of.as_of_date - sales.last_order_date as days_since_last_order,
        as_of.as_of_date - sales.first_order_date as days_since_first_order,
        channels.channel as preferred_channel
    from customers
    cross join as_of
    left join sales on customers.customer_key = sales.customer_key
    left join channels
        on customers.customer_key = channels.customer_key
        and channels.preference_rank = 1
    where
        not customers.is_unknown
        -- nobody is a customer before they are on record, or buy
        and (
            sales.customer_key is not null
            or coalesce(
                cast(customers.first_seen_at as date) <= as_of.as_of_date, true
            )
        )
)

select * from final
