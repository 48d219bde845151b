with loyalty_points as (
    {{ of_customers(ref("int_loyalty_points"), happened_at="occurred_at") }}
),

final as (
    select
        -- ids
        movement_key,
        customer_key,
        customer_record_key,
        loyalty_id,

        -- strings
        reason,

        -- numerics
        points_change,

        -- booleans
        has_happened,

        -- dates
        cast(occurred_at as date) as movement_date,

        -- timestamps
        occurred_at
    from loyalty_points
)

select * from final
