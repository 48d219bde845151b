with customers as (
    select * from {{ ref("stg_csv__customers") }}
),

final as (
    select
        'csv' as system,
        'customers' as entity,
        'csv' as issuer,
        customer_id as source_record_id,
        customer_id as issued_id,
        given_name,
        family_name,
        cast(null as text) as company,
        email,
        phone_text,
        address,
        cast(null as text) as postcode,
        city,
        country_code,
        created_at,
        created_at as updated_at
    from customers
)

select * from final
