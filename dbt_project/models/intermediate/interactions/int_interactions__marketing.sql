with email_events as (
    select * from {{ ref("stg_marketing__email_events") }}
),

final as (
    select
        'marketing' as system,
        'email_events' as entity,
        'marketing' as customer_system,
        'email_events' as customer_entity,
        event_id as source_interaction_id,
        email as source_customer_id,
        email,
        interaction_type,
        'email' as channel,
        campaign,
        cast(null as bigint) as page_views,
        cast(1 as bigint) as source_rows,
        occurred_at
    from email_events
)

select * from final
