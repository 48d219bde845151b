with vehicle_sales as (
    select * from {{ ref("stg_dealer__vehicle_sales") }}
),

-- A dealer writes no sale before the vehicle is sold.
completed as (
    select
        *,
        'completed' as status
    from vehicle_sales
),

final as (
    select
        'dealer' as system,
        'vehicle_sales' as entity,
        'dealer' as customer_system,
        'customers' as customer_entity,
        sale_id as source_transaction_id,
        sale_id as source_order_id,
        customer_id as source_customer_id,
        'dealer' as channel,
        model as product_id,
        dealer_id as store_id,
        cast(null as text) as campaign,
        status,
        sold_at as ordered_at,
        cast(1 as numeric(18, 4)) as quantity,
        '{{ var("reporting_currency") }}' as currency,
        {{ gross_amount("price", "status") }} as gross_amount,
        {{ refund_amount("price", "status") }} as refund_amount
    from completed
)

select * from final
