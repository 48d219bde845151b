with records as (
    select * from {{ ref("int_customer_records__unioned") }}
),

emails as (
    select * from {{ ref("int_contacts__emails") }}
),

phones as (
    select * from {{ ref("int_contacts__phones") }}
),

final as (
    select
        -- ids
        records.customer_record_key,
        records.system,
        records.entity,
        records.issuer,
        records.source_record_id,
        records.issued_id,
        records.issuer || ':' || records.issued_id as issued_id_match,

        -- strings
        records.given_name,
        records.family_name,
        records.company,
        records.email,
        emails.email_match,
        phones.phone,
        phones.rejection as phone_rejection,
        records.address,
        records.postcode,
        records.city,
        records.country_code,
        {{ letters_only("records.given_name") }} as given_name_match,
        {{ letters_only("records.family_name") }} as family_name_match,

        -- timestamps
        records.created_at,
        records.updated_at
    from records
    left join emails on records.email = emails.email
    left join phones
        on records.phone_text = phones.phone_text
        and coalesce(records.country_code, {{ default_country() }})
        = phones.read_as_country_code
)

select * from final
