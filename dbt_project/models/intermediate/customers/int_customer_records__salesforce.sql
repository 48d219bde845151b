with contacts as (
    select * from {{ ref("stg_salesforce__contacts") }}
),

leads as (
    select * from {{ ref("stg_salesforce__leads") }}
),

addresses as (
    select * from {{ ref("int_contacts__addresses") }}
),

final as (
    select
        'salesforce' as system,
        'contacts' as entity,
        'salesforce' as issuer,
        contacts.contact_id as source_record_id,
        contacts.contact_id as issued_id,
        contacts.given_name,
        contacts.family_name,
        cast(null as text) as company,
        contacts.email,
        contacts.phone_text,
        coalesce(contacts.address, addresses.address) as address,
        coalesce(contacts.postcode, addresses.postcode) as postcode,
        coalesce(contacts.city, addresses.city) as city,
        coalesce(contacts.country_code, addresses.country_code) as country_code,
        contacts.created_at,
        contacts.updated_at
    from contacts
    left join addresses
        on contacts.full_address = addresses.full_address
    union all
    select
        'salesforce' as system,
        'leads' as entity,
        'salesforce' as issuer,
        lead_id as source_record_id,
        -- what became of a lead is the same person
        coalesce(converted_contact_id, lead_id) as issued_id,
        given_name,
        family_name,
        company,
        email,
        phone_text,
        cast(null as text) as address,
        cast(null as text) as postcode,
        cast(null as text) as city,
        country_code,
        created_at,
        updated_at
    from leads
)

select * from final
