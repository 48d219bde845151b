with transactions as (
    select * from {{ ref("stg_csv__transactions") }}
),

final as (
    select
        'csv' as system,
        'transactions' as entity,
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
        cast(greatest(amount, 0) as numeric(18, 4)) as gross_amount,
        -- a negative ticket gives money back; so does a refunded one
        cast(
            case
                when amount < 0 then -amount
                when status = 'refunded' then amount
                else 0
            end as numeric(18, 4)
        ) as refund_amount
    from transactions
)

select * from final
