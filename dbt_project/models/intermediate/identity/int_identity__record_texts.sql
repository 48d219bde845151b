{{ config(materialized="view") }}
{%- if var("identity_schema") %}

with final as (
    select * from {{ ref("int_identity__labelled_texts") }}
)
{%- else %}

with customer_records as (
    select * from {{ ref("int_customer_records") }}
),

final as (
    select
        customer_record_key,
        system || ' ' || entity as source,
        issuer,
        issued_id,
        issued_id_match,
        given_name,
        family_name,
        cast(null as text) as birth_date,
        email_match,
        phone,
        postcode,
        city,
        address,
        cast(null as text) as other,
        given_name_match,
        family_name_match
    from customer_records
)
{%- endif %}

select * from final
