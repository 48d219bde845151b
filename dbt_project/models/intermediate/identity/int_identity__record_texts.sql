{{ config(tags=["identity_candidates"]) }}
{%- set labelled = labelled_records() %}
{%- if labelled %}

with labelled_records as (
    select * from {{ labelled }}
),

named as (
    select
        labelled_records.*,
        person.given_name as full_given_name,
        person.family_name as full_family_name
    from labelled_records
    cross join lateral {{ full_name_parts("full_name") }} as person
),

final as (
    select
        lpad(cast(record_number as text), 12, '0') as customer_record_key,
        coalesce(source, '') as source,
        '' as issuer,
        coalesce(given_name, full_given_name) as given_name,
        coalesce(family_name, full_family_name) as family_name,
        birth_date,
        lower(email) as email,
        phone,
        postcode,
        city,
        address,
        issued_id,
        other
    from named
)
{%- else %}

with customer_records as (
    select * from {{ ref("int_customer_records") }}
),

final as (
    select
        customer_record_key,
        system || ' ' || entity as source,
        coalesce(issuer, '') as issuer,
        given_name,
        family_name,
        cast(null as text) as birth_date,
        email_match as email,
        case when phone_rejection is null then phone end as phone,
        postcode,
        city,
        address,
        issued_id,
        cast(null as text) as other
    from customer_records
)
{%- endif %}

select * from final
