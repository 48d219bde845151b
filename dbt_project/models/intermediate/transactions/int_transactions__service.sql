with records as (
    select * from {{ ref("stg_service__records") }}
),

parts_orders as (
    select * from {{ ref("stg_service__parts_orders") }}
),

transactions as (
    -- a workshop writes down a visit when it is over and paid
    select
        'records' as entity,
        service_id as transaction_id,
        customer_id,
        service_type as product_id,
        'completed' as status,
        served_at as ordered_at,
        cast(1 as numeric(18, 4)) as quantity,
        amount
    from records
    union all
    select
        'parts_orders' as entity,
        order_id as transaction_id,
        customer_id,
        part_number as product_id,
        status,
        ordered_at,
        quantity,
        amount
    from parts_orders
),

final as (
    select
        'service' as system,
        entity,
        -- the workshops know customers by the dealers' ids
        'dealer' as customer_system,
        'customers' as customer_entity,
        transaction_id as source_transaction_id,
        transaction_id as source_order_id,
        customer_id as source_customer_id,
        'service' as channel,
        product_id,
        cast(null as text) as store_id,
        cast(null as text) as campaign,
        status,
        ordered_at,
        quantity,
        '{{ var("reporting_currency") }}' as currency,
        {{ gross_amount("amount", "status") }} as gross_amount,
        {{ refund_amount("amount", "status") }} as refund_amount
    from transactions
)

select * from final
