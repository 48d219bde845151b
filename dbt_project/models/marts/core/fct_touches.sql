with touches as (
    {{ of_customers(ref("int_marketing_touches"), happened_at="touched_at") }}
),

final as (
    select
        -- ids
        touch_key,
        customer_key,
        customer_record_key,
        {{ campaign_key("campaign") }} as campaign_key,
        system,
        source_touch_id,

        -- strings
        source,
        medium,
        campaign,

        -- numerics
        cost,

        -- booleans
        has_happened,

        -- dates
        cast(touched_at as date) as touch_date,

        -- timestamps
        touched_at
    from touches
)

select * from final
