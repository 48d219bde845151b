with campaigns as (
    select * from {{ ref("int_campaigns") }}
),

final as (
    select
        campaign_key,
        campaign_name,
        channel,
        source,
        medium,
        first_seen_on
    from campaigns
)

select * from final
