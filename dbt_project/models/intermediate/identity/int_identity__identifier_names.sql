with identifiers as (
    select * from {{ ref("int_identity__identifiers") }}
),

identifier_values as (
    select * from {{ ref("int_identity__identifier_values") }}
),

final as (
    select
        identifiers.identifier_type,
        identifiers.identifier_value,
        identifiers.given_name_match,
        identifiers.family_name_match,
        min(identifiers.customer_record_key) as first_record_key
    from identifiers
    inner join identifier_values
        on identifiers.identifier_type = identifier_values.identifier_type
        and identifiers.identifier_value = identifier_values.identifier_value
    where
        identifier_values.rejection is null
        -- an issued id is believed whatever names stand beside it
        and identifiers.identifier_type <> 'issued_id'
    group by
        identifiers.identifier_type,
        identifiers.identifier_value,
        identifiers.given_name_match,
        identifiers.family_name_match
)

select * from final
