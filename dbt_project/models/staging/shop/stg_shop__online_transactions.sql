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
        {{ iso_date_text("ordered_at_text", day_first=none) }}
            as ordered_at_iso,
        {{ letters_only("status_text") }} as status_key,
        {{ decimal_text("amount_text") }} as amount_decimal
    from cleaned
),

dated as {{ evaluated_once() }} (
    select
        *,
        {{ timestamp_or_null("ordered_at_iso") }} as ordered_at,
        {{ decimal_or_null("amount_decimal", 12, 2) }} as amount
    from parsed
),

final as (
    select
        -- ids
        dated.order_id,
        dated.customer_id,
        dated.product_id,

        -- strings
        dated.payment_method,
        coalesce(transaction_statuses.status, 'unknown') as status,
        dated.ordered_at_text,
        dated.amount_text,
        dated.status_text,

        -- numerics
        dated.amount,

        -- booleans
        dated.amount_text is not null and dated.amount is null
            as is_amount_malformed,
        dated.ordered_at_text is not null and dated.ordered_at is null
            as is_ordered_at_malformed,

        -- timestamps
        dated.ordered_at,

        -- lineage
        dated._source_file,
        dated._row_number,
        dated._batch_id
    from dated
    left join transaction_statuses
        on dated.status_key = transaction_statuses.status_key
)

select * from final
