with interactions as (
    select * from {{ ref("int_interactions") }}
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
        interactions.interaction_key,
        coalesce(customers.customer_key, {{ unknown_customer_key() }})
            as customer_key,
        interactions.customer_record_key,
        {{ campaign_key("interactions.campaign") }} as campaign_key,
        interactions.system,
        interactions.source_interaction_id,

        -- strings
        interactions.interaction_type,
        interactions.channel,
        interactions.campaign,

        -- numerics
        interactions.page_views,

        -- booleans
        {{ has_happened("interactions.occurred_at") }} as has_happened,

        -- dates
        cast(interactions.occurred_at as date) as interaction_date,

        -- timestamps
        interactions.occurred_at
    from interactions
    cross join as_of
    left join customers
        on interactions.customer_record_key = customers.customer_record_key
)

select * from final
