with transactions as (
    select * from {{ ref("stg_retail__transactions") }}
),

products as (
    select * from {{ ref("stg_retail__products") }}
),

-- The chain writes down what was sold, and its price with the product.
priced as (
    select
        transactions.*,
        'completed' as status,
        transactions.quantity * products.price as amount
    from transactions
    left join products on transactions.product_id = products.product_id
),

final as (
    select
        'retail' as system,
        'transactions' as entity,
        'retail' as customer_system,
        'customers' as customer_entity,
        transaction_id as source_transaction_id,
        transaction_id as source_order_id,
        customer_id as source_customer_id,
        'in_store' as channel,
        product_id,
        store_id,
        cast(null as text) as campaign,
        status,
        ordered_at,
        quantity,
        '{{ var("reporting_currency") }}' as currency,
        {{ gross_amount("amount", "status") }} as gross_amount,
        {{ refund_amount("amount", "status") }} as refund_amount
    from priced
)

select * from final
