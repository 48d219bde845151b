with interactions as (
    select * from {{ ref("stg_digital__interactions") }}
),

ga4_events as (
    select * from {{ ref("stg_digital__ga4_events") }}
),

shop_customers as (
    select * from {{ ref("stg_shop__customers") }}
),

-- Google Analytics numbers sessions within a user, whom an address tells only
-- where there is no id: an id may be the same text as somebody's address.
owned_events as (
    select
        *,
        case when user_id is null then email end as sole_email
    from ga4_events
),

-- The campaign is that of the first page that names one; the address may come
-- later, with the login.
ranked_events as (
    select
        *,
        row_number() over (
            partition by session_id, user_id, sole_email
            order by
                case when campaign is null then 1 else 0 end,
                occurred_at asc,
                event_id asc
        ) as campaign_rank
    from owned_events
),

sessions as (
    select
        concat(session_id, '|', user_id, '|', sole_email)
            as source_interaction_id,
        user_id,
        min(email collate "C") as email,
        max(case when campaign_rank = 1 then campaign end) as campaign,
        cast(sum(page_views) as bigint) as page_views,
        count(*) as source_rows,
        min(occurred_at) as occurred_at
    from ranked_events
    group by session_id, user_id, sole_email
),

-- An id that the shop has no customer for leaves the address to go by.
owned as (
    select
        interactions.*,
        shop_customers.customer_id is not null or interactions.email is null
            as is_of_shop
    from interactions
    left join shop_customers
        on interactions.customer_id = shop_customers.customer_id
),

final as (
    select
        'digital' as system,
        'interactions' as entity,
        case when is_of_shop then 'shop' else 'digital' end
            as customer_system,
        case when is_of_shop then 'customers' else 'interactions' end
            as customer_entity,
        interaction_id as source_interaction_id,
        case
            when is_of_shop then customer_id
            else {{ user_record_id("customer_id", "email") }}
        end as source_customer_id,
        email,
        interaction_type,
        channel,
        campaign,
        cast(null as bigint) as page_views,
        cast(1 as bigint) as source_rows,
        occurred_at
    from owned
    union all
    select
        'digital' as system,
        'ga4_events' as entity,
        'digital' as customer_system,
        'ga4_users' as customer_entity,
        source_interaction_id,
        {{ user_record_id("user_id", "email") }} as source_customer_id,
        email,
        'website_visit' as interaction_type,
        'web' as channel,
        campaign,
        page_views,
        source_rows,
        occurred_at
    from sessions
)

select * from final
