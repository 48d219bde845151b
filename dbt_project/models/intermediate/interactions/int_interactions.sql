with interactions as (
    select * from {{ ref("int_interactions__unioned") }}
),

final as (
    select
        -- ids
        interaction_key,
        system,
        entity,
        source_interaction_id,
        customer_record_key,

        -- strings
        interaction_type,
        channel,
        campaign,

        -- numerics
        page_views,

        -- timestamps
        occurred_at
    from interactions
    where not is_told_again
)

select * from final
