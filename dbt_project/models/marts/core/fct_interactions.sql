with interactions as (
    {{ of_customers(ref("int_interactions"), happened_at="occurred_at") }}
),

final as (
    select
        -- ids
        interaction_key,
        customer_key,
        customer_record_key,
        {{ campaign_key("campaign") }} as campaign_key,
        system,
        source_interaction_id,

        -- strings
        interaction_type,
        channel,
        campaign,

        -- numerics
        page_views,

        -- booleans
        has_happened,

        -- dates
        cast(occurred_at as date) as interaction_date,

        -- timestamps
        occurred_at
    from interactions
)

select * from final
