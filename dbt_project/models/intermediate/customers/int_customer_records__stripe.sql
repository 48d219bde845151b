with customers as (
    select * from {{ ref("stg_stripe__customers") }}
),

final as (
    select
        'stripe' as system,
        'customers' as entity,
        'stripe' as issuer,
        customer_id as source_record_id,
        customer_id as issued_id,
        given_name,
        family_name,
        company,
        email,
        phone_text,
        cast(null as text) as address,
        cast(null as text) as postcode,
        cast(null as text) as city,
        cast(null as text) as country_code,
        created_at,
        created_at as updated_at
    from customers
)

select * from final
