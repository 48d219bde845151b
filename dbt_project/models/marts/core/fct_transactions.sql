with transactions as (
    {{ of_customers(ref("int_transactions"), happened_at="ordered_at") }}
),

judged as (
    select
        *,
        case
            when status <> 'completed' then 'status ' || status
            when net_amount is null and charged_amount is null
                then 'no amount'
            when ordered_at is null then 'no date'
            when net_amount is null then 'no exchange rate'
            when not has_happened then 'after the as-of date'
        end as exclusion_reason
    from transactions
),

final as (
    select
        -- ids
        transaction_key,
        order_key,
        customer_key,
        customer_record_key,
        {{ key_or_null(["system", "product_id"]) }} as product_key,
        {{ key_or_null(["system", "store_id"]) }} as store_key,
        product_id,
        store_id,
        system,
        source_transaction_id,
        source_order_id,

        -- strings
        channel,
        campaign,
        currency,
        status,
        exclusion_reason,

        -- numerics
        quantity,
        charged_amount,
        gross_amount,
        refund_amount,
        net_amount,
        case when exclusion_reason is null then net_amount else 0 end
            as revenue,

        -- booleans
        exclusion_reason is null as is_revenue,

        -- dates
        cast(ordered_at as date) as order_date,

        -- timestamps
        ordered_at
    from judged
)

select * from final
