with customers as (
    select * from {{ ref("stg_retail__customers") }}
),

final as (
    select
        'retail' as system,
        'customers' as entity,
        'retail' as issuer,
        customer_id as source_record_id,
        customer_id as issued_id,
        given_name,
        family_name,
        company,
        email,
        cast(null as text) as phone_text,
        cast(null as text) as address,
        cast(null as text) as postcode,
        cast(null as text) as city,
        country_code,
        registered_at as created_at,
        registered_at as updated_at
    from customers
)

select * from final
