{{ config(enabled=var("identity_schema") is not none) }}

with labelled_records as (
    select * from {{ labelled_records() }}
),

named as (
    select
        labelled_records.*,
        coalesce(labelled_records.given_name, person.given_name)
            as read_given_name,
        coalesce(labelled_records.family_name, person.family_name)
            as read_family_name
    from labelled_records
    cross join lateral {{ full_name_parts("labelled_records.full_name") }}
        as person
),

final as (
    select
        lpad(cast(record_number as text), 12, '0') as customer_record_key,
        coalesce(source, '') as source,
        cast(null as text) as issuer,
        issued_id,
        cast(null as text) as issued_id_match,
        read_given_name as given_name,
        read_family_name as family_name,
        birth_date,
        lower(trim(email)) as email_match,
        {{ matching_phone("phone") }} as phone,
        postcode,
        city,
        address,
        other,
        {{ letters_only("read_given_name") }} as given_name_match,
        {{ letters_only("read_family_name") }} as family_name_match
    from named
)

select * from final
