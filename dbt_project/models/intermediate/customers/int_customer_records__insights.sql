with sessions as (
    select * from {{ ref("stg_insights__sessions") }}
),

purchases as (
    select * from {{ ref("stg_insights__purchases") }}
),

-- Who a customer is, each session says anew: the last one counts.
ranked_sessions as (
    select
        *,
        min(started_at) over (partition by customer_id) as first_started_at,
        max(started_at) over (partition by customer_id) as last_started_at,
        row_number() over (
            partition by customer_id
            order by started_at desc nulls last, session_id asc
        ) as recency_rank
    from sessions
),

final as (
    select
        'insights' as system,
        'sessions' as entity,
        'insights' as issuer,
        customer_id as source_record_id,
        customer_id as issued_id,
        given_name,
        family_name,
        company,
        cast(null as text) as email,
        cast(null as text) as phone_text,
        cast(null as text) as address,
        cast(null as text) as postcode,
        city,
        country_code,
        first_started_at as created_at,
        last_started_at as updated_at
    from ranked_sessions
    where recency_rank = 1
    union all
    select
        'insights' as system,
        'purchases' as entity,
        'insights_purchases' as issuer,
        customer_id as source_record_id,
        customer_id as issued_id,
        cast(null as text) as given_name,
        cast(null as text) as family_name,
        cast(null as text) as company,
        cast(null as text) as email,
        cast(null as text) as phone_text,
        cast(null as text) as address,
        cast(null as text) as postcode,
        cast(null as text) as city,
        cast(null as text) as country_code,
        cast(null as timestamp) as created_at,
        cast(null as timestamp) as updated_at
    from purchases
)

select * from final
