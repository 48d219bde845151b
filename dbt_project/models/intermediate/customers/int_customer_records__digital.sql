with interactions as (
    select * from {{ ref("stg_digital__interactions") }}
),

ga4_events as (
    select * from {{ ref("stg_digital__ga4_events") }}
),

-- A channel keeps no list of its users: whoever was seen is a record. An
-- interaction without an address belongs to the shop's own record.
seen as (
    select
        'interactions' as entity,
        'shop' as issuer,
        customer_id as issued_id,
        email,
        occurred_at
    from interactions
    where email is not null
    union all
    select
        'ga4_users' as entity,
        'digital' as issuer,
        user_id as issued_id,
        email,
        occurred_at
    from ga4_events
    where user_id is not null or email is not null
),

final as (
    select
        'digital' as system,
        entity,
        issuer,
        {{ user_record_id("issued_id", "email") }} as source_record_id,
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
        min(occurred_at) as created_at,
        max(occurred_at) as updated_at
    from seen
    group by entity, issuer, issued_id, email
)

select * from final
