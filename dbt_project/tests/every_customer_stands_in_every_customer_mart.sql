with customers as (
    select * from {{ ref("dim_customers") }}
),

bridge as (
    select * from {{ ref("bridge_customer_identities") }}
),

customer_360 as (
    select * from {{ ref("customer_360") }}
),

final as (
    select
        customers.customer_key,
        bridge.customer_key as bridge_customer_key,
        customer_360.customer_key as customer_360_customer_key
    from (select * from customers where not is_unknown) as customers
    full outer join
        (select distinct customer_key from bridge) as bridge
        on customers.customer_key = bridge.customer_key
    full outer join customer_360
        on customers.customer_key = customer_360.customer_key
    where
        customers.customer_key is null
        or bridge.customer_key is null
        or customer_360.customer_key is null
)

select * from final
