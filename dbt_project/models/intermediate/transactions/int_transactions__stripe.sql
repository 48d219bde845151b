with charges as (
    select * from {{ ref("stg_stripe__charges") }}
),

-- Stripe says beside the state, and not by it, that all was given back.
settled as (
    select
        *,
        case
            when is_refunded and status = 'completed' then 'refunded'
            else status
        end as settled_status
    from charges
),

final as (
    select
        'stripe' as system,
        'charges' as entity,
        'stripe' as customer_system,
        'customers' as customer_entity,
        charge_id as source_transaction_id,
        charge_id as source_order_id,
        customer_id as source_customer_id,
        'subscription' as channel,
        cast(null as text) as product_id,
        cast(null as text) as store_id,
        cast(null as text) as campaign,
        settled_status as status,
        charged_at as ordered_at,
        cast(1 as numeric(18, 4)) as quantity,
        currency,
        {{ gross_amount("amount", "settled_status") }} as gross_amount,
        {{ refund_amount("amount", "settled_status") }} as refund_amount
    from settled
)

select * from final
