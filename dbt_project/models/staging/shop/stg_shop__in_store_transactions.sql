with source as (
    select * from {{ source("shop", "in_store_transactions") }}
),

versions as (
    select
        *,
        {{ latest_version(
            key=["trim(transaction_id)"],
            columns=[
                "customer_id", "store_id", "date_time", "amount",
                "payment_method",
            ],
        ) }} as version_rank
    from source
),

cleaned as {{ evaluated_once() }} (
    select
        _source_file,
        _row_number,
        _batch_id,
        trim(transaction_id) as transaction_id,
        nullif(trim(customer_id), '') as customer_id,
        nullif(trim(store_id), '') as store_id,
        {{ clean_text("payment_method") }} as payment_method,
        {{ clean_text("date_time") }} as ordered_at_text,
        {{ clean_text("amount") }} as amount_text
    from versions
    where version_rank = 1
),

parsed as {{ evaluated_once() }} (
    select
        *,
        {{ timestamp_or_null("ordered_at_text", day_first=none) }}
            as ordered_at,
        {{ decimal_or_null("amount_text", 12, 2) }} as amount
    from cleaned
),

final as (
    select
        -- ids
        transaction_id,
        customer_id,
        store_id,

        -- strings
        payment_method,
        ordered_at_text,
        amount_text,

        -- numerics
        amount,

        -- booleans
        {{ is_malformed("amount") }} as is_amount_malformed,
        {{ is_malformed("ordered_at") }} as is_ordered_at_malformed,

        -- timestamps
        ordered_at,

        -- lineage
        _source_file,
        _row_number,
        _batch_id
    from parsed
)

select * from final
