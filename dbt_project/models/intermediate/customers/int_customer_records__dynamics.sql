with contacts as (
    select * from {{ ref("stg_dynamics__contacts") }}
),

addresses as (
    select * from {{ ref("int_contacts__addresses") }}
),

final as (
    select
        'dynamics' as system,
        'contacts' as entity,
        'dynamics' as issuer,
        contacts.contact_id as source_record_id,
        contacts.contact_id as issued_id,
        contacts.given_name,
        contacts.family_name,
        cast(null as text) as company,
        contacts.email,
        contacts.phone_text,
        addresses.address,
        addresses.postcode,
        addresses.city,
        addresses.country_code,
        contacts.created_at,
        contacts.updated_at
    from contacts
    left join addresses
        on contacts.full_address = addresses.full_address
)

select * from final
