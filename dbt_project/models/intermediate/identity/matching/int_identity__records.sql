with record_texts as (
    select * from {{ ref("int_identity__record_texts") }}
),

components as (
    select * from {{ ref("int_identity__components") }}
),

final as (
    select
        record_texts.customer_record_key,
        components.component as profile_key,
        record_texts.source,
        {{ matching_text("record_texts.given_name", 60) }} as given_name,
        {{ matching_text("record_texts.family_name", 60) }} as family_name,
        {{ matching_date("record_texts.birth_date") }} as birth_date,
        nullif(left(record_texts.email_match, 100), '') as email,
        {{ matching_phone("record_texts.phone") }} as phone,
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
)

select * from final
