with campaign_spend as (
    select * from {{ ref("stg_marketing__campaign_spend") }}
),

final as (
    select
        -- ids
        {{ dbt_utils.generate_surrogate_key(["campaign_spend_id"]) }}
            as campaign_cost_key,

        -- strings
        campaign,
        channel,

        -- numerics
        cost,

        -- dates
        cost_date
    from campaign_spend
)

select * from final
