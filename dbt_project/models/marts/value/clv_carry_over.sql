with orders as (
    select * from {{ ref("fct_orders") }}
),

as_of as (
    select * from {{ ref("int_as_of_date") }}
),

-- The longest two windows of equal length that the data covers, a year each
-- at the most: what was spent in the first is compared with the second.
windows as (
    select
        as_of.as_of_date,
        least(
            365, (as_of.as_of_date - min(orders.order_date) + 1) / 2
        ) as window_days
    from orders
    cross join as_of
    where orders.is_purchase
    group by as_of.as_of_date
),

spending as (
    select
        orders.customer_key,
        windows.window_days,
        sum(orders.revenue) filter (
            where orders.order_date <= windows.as_of_date - windows.window_days
        ) as earlier_revenue,
        sum(orders.revenue) filter (
            where orders.order_date > windows.as_of_date - windows.window_days
        ) as later_revenue
    from orders
    cross join windows
    where
        orders.order_date <= windows.as_of_date
        and orders.customer_key <> {{ unknown_customer_key() }}
        and orders.order_date
        > windows.as_of_date - 2 * windows.window_days
    group by orders.customer_key, windows.window_days
),

final as (
    select
        window_days,
        coalesce(
            least(
                1,
                sum(later_revenue) filter (where earlier_revenue > 0)
                / nullif(
                    sum(earlier_revenue) filter (where earlier_revenue > 0), 0
                )
            ),
            0
        ) as carry_over_rate
    from spending
    where window_days > 0
    group by window_days
)

select * from final
