with loyalty_points as (
    select * from {{ ref("int_loyalty_points") }}
),

customers as (
    select * from {{ ref("int_identity__customers") }}
),

as_of as (
    select * from {{ ref("int_as_of_date") }}
),

final as (
    select
        -- ids
        loyalty_points.movement_key,
        coalesce(customers.customer_key, {{ unknown_customer_key() }})
            as customer_key,
        loyalty_points.customer_record_key,
        loyalty_points.loyalty_id,

        -- strings
        loyalty_points.reason,

        -- numerics
        loyalty_points.points_change,

        -- booleans
        {{ has_happened("loyalty_points.occurred_at") }} as has_happened,

        -- dates
        cast(loyalty_points.occurred_at as date) as movement_date,

        -- timestamps
        loyalty_points.occurred_at
    from loyalty_points
    cross join as_of
    left join customers
        on loyalty_points.customer_record_key = customers.customer_record_key
)

select * from final
