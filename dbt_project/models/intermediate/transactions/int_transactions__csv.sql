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
        -- a refunded ticket gives back what it charged, whichever of the two
        -- its amount is signed as; a negative one of another status gives back
        cast(
            case
                when status = 'refunded' then abs(amount)
                when amount > 0 then amount
                when amount <= 0 then 0
            end as numeric(18, 4)
        ) as gross_amount,
        cast(
            case
                when status = 'refunded' then abs(amount)
                when amount < 0 then -amount
                when amount >= 0 then 0
            end as numeric(18, 4)
        ) as refund_amount
    from transactions
)

select * from final
