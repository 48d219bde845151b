{{ config(enabled=var("match_probabilistically")) }}

with record_texts as (
    select * from {{ ref("int_identity__record_texts") }}
),

components as (
    select * from {{ ref("int_identity__components") }}
),

identifier_values as (
    select * from {{ ref("int_identity__identifier_values") }}
),

rejected_emails as (
    select identifier_value
    from identifier_values
    where identifier_type = 'email' and rejection is not null
),

rejected_phones as (
    select identifier_value
    from identifier_values
    where identifier_type = 'phone' and rejection is not null
),

-- What links nobody, as it is nobody's, says nothing of who is who either.
normalised as (
    select
        record_texts.customer_record_key,
        components.component as profile_key,
        record_texts.source,
        {{ matching_text("record_texts.given_name", 60) }} as given_name,
        {{ matching_text("record_texts.family_name", 60) }} as family_name,
        {{ matching_date("record_texts.birth_date") }} as birth_date,
        case
            when rejected_emails.identifier_value is null
                then nullif(left(record_texts.email_match, 100), '')
        end as email,
        case
            when rejected_phones.identifier_value is null
                then {{ matching_phone("record_texts.phone") }}
        end as phone,
        {{ matching_code("record_texts.postcode") }} as postcode,
        {{ matching_text("record_texts.city", 60) }} as city,
        {{ matching_text("record_texts.address") }} as address,
        -- ids that different systems issue have nothing to do with each other
        case
            when record_texts.issuer is null
                then {{ matching_code("record_texts.issued_id") }}
        end as issued_id,
        {{ matching_text("record_texts.other") }} as other
    from record_texts
    inner join components on record_texts.customer_record_key = components.node
    left join rejected_emails
        on record_texts.email_match = rejected_emails.identifier_value
    left join rejected_phones
        on record_texts.phone = rejected_phones.identifier_value
),

-- Of a switchboard, an office or a test account: many have it who have nothing
-- to do with each other, and the look-alikes would pass for one person.
shared_email as (
    {{ widely_shared("normalised", "email") }}
),

shared_phone as (
    {{ widely_shared("normalised", "phone") }}
),

shared_address as (
    {{ widely_shared("normalised", "address") }}
),

shared_issued_id as (
    {{ widely_shared("normalised", "issued_id") }}
),

final as (
    select
        normalised.customer_record_key,
        normalised.profile_key,
        normalised.source,
        normalised.given_name,
        normalised.family_name,
        normalised.birth_date,
        case
            when shared_email.email is null then normalised.email
        end as email,
        case
            when shared_phone.phone is null then normalised.phone
        end as phone,
        normalised.postcode,
        normalised.city,
        case
            when shared_address.address is null then normalised.address
        end as address,
        case
            when shared_issued_id.issued_id is null then normalised.issued_id
        end as issued_id,
        normalised.other
    from normalised
    left join shared_email on normalised.email = shared_email.email
    left join shared_phone on normalised.phone = shared_phone.phone
    left join shared_address on normalised.address = shared_address.address
    left join shared_issued_id
        on normalised.issued_id = shared_issued_id.issued_id
)

select * from final
