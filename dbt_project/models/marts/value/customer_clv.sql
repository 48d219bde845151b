with customer_sales as (
    select * from {{ ref("customer_sales") }}
),

orders as (
    select * from {{ ref("fct_orders") }}
),

carry_over as (
    select * from {{ ref("clv_carry_over") }}
),

clv_tiers as (
    select * from {{ ref("clv_tiers") }}
),

recent as (
    select
        orders.customer_key,
        sum(orders.revenue) * 365 / carry_over.window_days as yearly_revenue
    from orders
    cross join carry_over
    inner join customer_sales
        on orders.customer_key = customer_sales.customer_key
    where
        orders.order_date
        > customer_sales.as_of_date - carry_over.window_days
    group by orders.customer_key, carry_over.window_days
),

valued as (
    select
        customer_sales.customer_key,
        customer_sales.as_of_date,
        customer_sales.revenue as historical_clv,
        round(
            greatest(
                coalesce(
                    recent.yearly_revenue * carry_over.carry_over_rate, 0
                ),
                0
            ),
            2
        ) as predicted_clv_12m
    from customer_sales
    left join carry_over on true
    left join recent on customer_sales.customer_key = recent.customer_key
),

tiered as (
    select
        valued.*,
        clv_tiers.tier,
        row_number() over (
            partition by valued.customer_key
            order by clv_tiers.minimum_clv desc
        ) as tier_rank
    from valued
    inner join clv_tiers
        on greatest(valued.historical_clv + valued.predicted_clv_12m, 0)
        >= clv_tiers.minimum_clv
),

final as (
    select
        customer_key,
        as_of_date,
        historical_clv,
        predicted_clv_12m,
        historical_clv + predicted_clv_12m as total_clv,
        tier as clv_tier
    from tiered
    where tier_rank = 1
)

select * from final
