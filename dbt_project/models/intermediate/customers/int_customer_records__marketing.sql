with touches as (
    select * from {{ ref("stg_marketing__touches") }}
),

email_events as (
    select * from {{ ref("stg_marketing__email_events") }}
),

-- Marketing's tools know the web site's users by its ids, and readers of
-- e-mails by their address alone.
seen as (
    select
        'touches' as entity,
        {{ user_record_id("user_id", "email") }} as source_record_id,
        user_id as issued_id,
        email,
        touched_at as seen_at
    from touches
    where user_id is not null or email is not null
    union all
    select
        'email_events' as entity,
        email as source_record_id,
        null as issued_id,
        email,
        occurred_at as seen_at
    from email_events
    where email is not null
),

final as (
    select
        'marketing' as system,
        entity,
        'digital' as issuer,
        source_record_id,
        issued_id,
        cast(null as text) as given_name,
        cast(null as text) as family_name,
        cast(null as text) as company,
        email,
        cast(null as text) as phone_text,
        cast(null as text) as address,
        cast(null as text) as postcode,
        cast(null as text) as city,
        cast(null as text) as country_code,
        min(seen_at) as created_at,
        max(seen_at) as updated_at
    from seen
    group by entity, source_record_id, issued_id, email
)

select * from final
