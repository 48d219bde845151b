with source as (
    select * from {{ source("shop", "online_transactions") }}
),

transaction_statuses as (
    select * from {{ ref("transaction_statuses") }}
),

versions as (
    select
        *,
        {{ latest_version(
            key=["trim(order_id)"],
            columns=[
                "customer_id", "product_id", "date_time", "payment_method",
                "amount", "status",
            ],
        ) }} as version_rank
    from source
),

cleaned as {{ evaluated_once() }} (
    select
        _source_file,
        _row_number,
        _batch_id,
        trim(order_id) as order_id,
        nullif(trim(customer_id), '') as customer_id,
        nullif(trim(product_id), '') as product_id,
        {{ clean_text("payment_method") }} as payment_method,
        {{ clean_text("date_time") }} as ordered_at_text,
        {{ clean_text("amount") }} as amount_text,
        {{ clean_text("status") }} as status_text
    from versions
    where version_rank = 1
),

parsed as {{ evaluated_once() }} (
    select
        *,
        {{ letters_only("status_text") }} as status_key,
        {{ timestamp_or_null("ordered_at_text", day_first=none) }}
            as ordered_at,
        {{ decimal_or_null("amount_text", 12, 2) }} as amount
    from cleaned
),

final as (
    select
        -- ids
        parsed.order_id,
        parsed.customer_id,
        parsed.product_id,

        -- strings
        parsed.payment_method,
        coalesce(transaction_statuses.status, 'unknown') as status,
        parsed.ordered_at_text,
        parsed.amount_text,
        parsed.status_text,

        -- numerics
        parsed.amount,

        -- booleans
        {{ is_malformed("parsed.amount") }} as is_amount_malformed,
        {{ is_malformed("parsed.ordered_at") }} as is_ordered_at_malformed,

        -- timestamps
        parsed.ordered_at,

        -- lineage
        parsed._source_file,
        parsed._row_number,
        parsed._batch_id
    from parsed
    left join transaction_statuses
        on parsed.status_key = transaction_statuses.status_key
)

select * from final
