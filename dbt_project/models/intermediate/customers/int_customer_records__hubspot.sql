with contacts as (
    select * from {{ ref("stg_hubspot__contacts") }}
),

final as (
    select
        'hubspot' as system,
        'contacts' as entity,
        'hubspot' as issuer,
        contact_id as source_record_id,
        contact_id as issued_id,
        given_name,
        family_name,
        company,
        email,
        phone_text,
        cast(null as text) as address,
        cast(null as text) as postcode,
        cast(null as text) as city,
        cast(null as text) as country_code,
        cast(null as timestamp) as created_at,
        cast(null as timestamp) as updated_at
    from contacts
)

select * from final
