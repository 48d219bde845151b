with customers as (
    select * from {{ ref("dim_customers") }}
),

bridge as (
    select * from {{ ref("bridge_customer_identities") }}
),

customer_360 as (
    select * from {{ ref("customer_360") }}
),

as_of as (
    select * from {{ ref("int_as_of_date") }}
),

known_customers as (
    select
        customers.customer_key,
        coalesce(
            cast(customers.first_seen_at as date) <= as_of.as_of_date, true
        ) as is_on_record
    from customers
    cross join as_of
    where not customers.is_unknown
),

bridge_customers as (
    select customer_key from bridge
    group by customer_key
),

final as (
    select
        known_customers.customer_key,
        bridge_customers.customer_key as bridge_customer_key,
        customer_360.customer_key as customer_360_customer_key
    from known_customers
    full outer join bridge_customers
        on known_customers.customer_key = bridge_customers.customer_key
    full outer join customer_360
        on known_customers.customer_key = customer_360.customer_key
    where
        known_customers.customer_key is null
        or bridge_customers.customer_key is null
        or (known_customers.is_on_record and customer_360.customer_key is null)
)

select * from final
