with customers as (
    select * from {{ ref("stg_dealer__customers") }}
),

addresses as (
    select * from {{ ref("int_contacts__addresses") }}
),

final as (
    select
        'dealer' as system,
        'customers' as entity,
        'dealer' as issuer,
        customers.customer_id as source_record_id,
        customers.customer_id as issued_id,
        customers.given_name,
        customers.family_name,
        cast(null as text) as company,
        customers.email,
        customers.phone_text,
        addresses.address,
        addresses.postcode,
        addresses.city,
        addresses.country_code,
        cast(null as timestamp) as created_at,
        -- the dealers write it anew when somebody buys or comes for service
        greatest(customers.last_purchase_at, customers.last_service_at)
            as updated_at
    from customers
    left join addresses
        on customers.full_address = addresses.full_address
)

select * from final
