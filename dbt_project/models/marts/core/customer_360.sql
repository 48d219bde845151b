with customers as (
    select * from {{ ref("dim_customers") }}
),

customer_sales as (
    select * from {{ ref("customer_sales") }}
),

customer_rfm as (
    select * from {{ ref("customer_rfm") }}
),

customer_health as (
    select * from {{ ref("customer_health") }}
),

customer_clv as (
    select * from {{ ref("customer_clv") }}
),

final as (
    select
        -- ids
        customers.customer_key,

        -- profile
        customers.full_name,
        customers.given_name,
        customers.family_name,
        customers.email,
        customers.phone,
        customers.address,
        customers.postcode,
        customers.city,
        customers.country_code,
        customers.email_consent,
        customers.source_records,
        customers.source_systems,
        customers.first_seen_at,

        -- sales
        customer_sales.orders,
        customer_sales.unfulfilled_orders,
        customer_sales.revenue,
        customer_sales.orders_12m,
        customer_sales.revenue_12m,
        customer_sales.average_order_value,
        customer_sales.first_order_date,
        customer_sales.last_order_date,
        customer_sales.days_since_last_order,
        customer_sales.preferred_channel,
        customer_sales.orders_12m > 0 as is_active,

        -- segmentation
        customer_rfm.recency_score,
        customer_rfm.frequency_score,
        customer_rfm.monetary_score,
        customer_rfm.rfm_score,
        coalesce(customer_rfm.segment, 'No Purchase') as segment,

        -- health and value
        customer_health.health_score,
        customer_health.health_band,
        customer_clv.historical_clv,
        customer_clv.predicted_clv_12m,
        customer_clv.total_clv,
        customer_clv.clv_tier,

        customer_sales.as_of_date
    from customers
    inner join customer_sales
        on customers.customer_key = customer_sales.customer_key
    inner join customer_clv
        on customers.customer_key = customer_clv.customer_key
    left join customer_rfm
        on customers.customer_key = customer_rfm.customer_key
    left join customer_health
        on customers.customer_key = customer_health.customer_key
)

select * from final
