with transactions as (
    select * from {{ ref("stg_csv__transactions") }}
),

final as (
    select
        'csv' as system,
        'transactions' as entity,
        'csv' as customer_system,
        'customers' as customer_entity,
        transaction_id as source_transaction_id,
        transaction_id as source_order_id,
        customer_id as source_customer_id,
        channel,
        cast(null as text) as product_id,
        cast(null as text) as store_id,
        cast(null as text) as campaign,
        status,
        ordered_at,
        cast(1 as numeric(18, 4)) as quantity,
        '{{ var("reporting_currency") }}' as currency,
        {{ gross_amount("amount", "status") }} as gross_amount,
        {{ refund_amount("amount", "status") }} as refund_amount
    from transactions
)

select * from final
