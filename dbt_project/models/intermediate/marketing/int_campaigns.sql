with campaign_costs as (
    select * from {{ ref("int_campaign_costs") }}
),

touches as (
    select * from {{ ref("int_marketing_touches") }}
),

interactions as (
    select * from {{ ref("int_interactions") }}
),

opportunities as (
    select * from {{ ref("stg_salesforce__opportunities") }}
),

mentions as (
    select
        campaign,
        channel,
        cost,
        null as source,
        null as medium,
        cost_date as mentioned_on
    from campaign_costs
    union all
    select
        campaign,
        null as channel,
        null as cost,
        source,
        medium,
        cast(touched_at as date) as mentioned_on
    from touches
    union all
    select
        campaign,
        null as channel,
        null as cost,
        null as source,
        null as medium,
        cast(occurred_at as date) as mentioned_on
    from interactions
    union all
    select
        campaign,
        null as channel,
        null as cost,
        null as source,
        null as medium,
        cast(created_at as date) as mentioned_on
    from opportunities
),

keyed as (
    select
        *,
        {{ campaign_key("campaign") }} as campaign_key
    from mentions
),

-- Written as most often; of the channels the one that got most money.
spellings as (
    select
        campaign_key,
        campaign,
        row_number() over (
            partition by campaign_key
            order by count(*) desc, campaign collate "C"
        ) as spelling_rank
    from keyed
    where campaign_key is not null
    group by campaign_key, campaign
),

channels as (
    select
        campaign_key,
        channel,
        row_number() over (
            partition by campaign_key
            order by sum(cost) desc nulls last, channel collate "C"
        ) as channel_rank
    from keyed
    where channel is not null
    group by campaign_key, channel
),

origins as (
    select
        campaign_key,
        source,
        medium,
        row_number() over (
            partition by campaign_key
            order by
                count(*) desc, source collate "C", medium collate "C"
        ) as origin_rank
    from keyed
    where source is not null or medium is not null
    group by campaign_key, source, medium
),

beginnings as (
    select
        campaign_key,
        min(mentioned_on) as first_seen_on
    from keyed
    group by campaign_key
),

final as (
    select
        spellings.campaign_key,
        spellings.campaign as campaign_name,
        channels.channel,
        origins.source,
        origins.medium,
        beginnings.first_seen_on
    from spellings
    inner join beginnings
        on spellings.campaign_key = beginnings.campaign_key
    left join channels
        on spellings.campaign_key = channels.campaign_key
        and channels.channel_rank = 1
    left join origins
        on spellings.campaign_key = origins.campaign_key
        and origins.origin_rank = 1
    where spellings.spelling_rank = 1
)

select * from final
