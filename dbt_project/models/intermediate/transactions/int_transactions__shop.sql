with online_transactions as (
    select * from {{ ref("stg_shop__online_transactions") }}
),

in_store_transactions as (
    select * from {{ ref("stg_shop__in_store_transactions") }}
),

transactions as (
    select
        'online_transactions' as entity,
        order_id as transaction_id,
        customer_id,
        'online' as channel,
        product_id,
        null as store_id,
        status,
        ordered_at,
        amount
    from online_transactions
    union all
    -- a till writes no ticket before it has the money
    select
        'in_store_transactions' as entity,
        transaction_id,
        customer_id,
        'in_store' as channel,
        null as product_id,
        store_id,
        'completed' as status,
        ordered_at,
        amount
    from in_store_transactions
),

final as (
    select
        'shop' as system,
        entity,
        'shop' as customer_system,
        'customers' as customer_entity,
        transaction_id as source_transaction_id,
        transaction_id as source_order_id,
        customer_id as source_customer_id,
        channel,
        product_id,
        store_id,
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
