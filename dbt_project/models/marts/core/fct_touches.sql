with touches as (
    select * from {{ ref("int_marketing_touches") }}
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
        touches.touch_key,
        coalesce(customers.customer_key, {{ unknown_customer_key() }})
            as customer_key,
        touches.customer_record_key,
        {{ campaign_key("touches.campaign") }} as campaign_key,
        touches.system,
        touches.source_touch_id,

        -- strings
        touches.source,
        touches.medium,
        touches.campaign,

        -- numerics
        touches.cost,

        -- booleans
        {{ has_happened("touches.touched_at") }} as has_happened,

        -- dates
        cast(touches.touched_at as date) as touch_date,

        -- timestamps
        touches.touched_at
    from touches
    cross join as_of
    left join customers
        on touches.customer_record_key = customers.customer_record_key
)

select * from final
