with sessions as (
    select * from {{ ref("stg_insights__sessions") }}
),

purchases as (
    select * from {{ ref("stg_insights__purchases") }}
),

transactions as (
    select
        'sessions' as entity,
        session_id as transaction_id,
        customer_id,
        'online' as channel,
        product as product_id,
        campaign,
        case
            when not is_confirmed then 'abandoned'
            when is_returned then 'refunded'
            when is_confirmed then 'completed'
            else 'unknown'
        end as status,
        coalesce(confirmed_at, started_at) as ordered_at,
        quantity,
        price * quantity as amount
    from sessions
    union all
    -- the extract says neither where nor when
    select
        'purchases' as entity,
        customer_id as transaction_id,
        customer_id,
        'other' as channel,
        product as product_id,
        null as campaign,
        'completed' as status,
        null as ordered_at,
        1 as quantity,
        amount
    from purchases
),

final as (
    select
        'insights' as system,
        entity,
        'insights' as customer_system,
        entity as customer_entity,
        transaction_id as source_transaction_id,
        transaction_id as source_order_id,
        customer_id as source_customer_id,
        channel,
        product_id,
        cast(null as text) as store_id,
        campaign,
        status,
        ordered_at,
        cast(quantity as numeric(18, 4)) as quantity,
        '{{ var("reporting_currency") }}' as currency,
        {{ gross_amount("amount", "status") }} as gross_amount,
        {{ refund_amount("amount", "status") }} as refund_amount
    from transactions
)

select * from final
