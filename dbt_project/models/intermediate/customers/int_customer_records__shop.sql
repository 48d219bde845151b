with customers as (
    select * from {{ ref("stg_shop__customers") }}
),

addresses as (
    select * from {{ ref("int_contacts__addresses") }}
),

final as (
    select
        'shop' as system,
        'customers' as entity,
        'shop' as issuer,
        customers.customer_id as source_record_id,
        customers.customer_id as issued_id,
        customers.given_name,
        customers.family_name,
        customers.company,
        customers.email,
        cast(null as text) as phone_text,
        addresses.address,
        addresses.postcode,
        addresses.city,
        addresses.country_code,
        cast(null as timestamp) as created_at,
        cast(null as timestamp) as updated_at
    from customers
    left join addresses
        on customers.full_address = addresses.full_address
)

select * from final
