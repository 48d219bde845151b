with source as (
    select * from {{ source("service", "parts_orders") }}
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
                "customer_id", "part_number", "quantity", "amount",
                "order_date", "status",
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
        upper(nullif(trim(part_number), '')) as part_number,
        {{ clean_text("quantity") }} as quantity_text,
        {{ clean_text("amount") }} as amount_text,
        {{ clean_text("status") }} as status_text,
        {{ clean_text("order_date") }} as ordered_at_text
    from versions
    where version_rank = 1
),

parsed as {{ evaluated_once() }} (
    select
        *,
        {{ letters_only("status_text") }} as status_key,
        {{ decimal_text("quantity_text") }} as quantity_decimal,
        {{ decimal_text("amount_text") }} as amount_decimal,
        {{ iso_date_text("ordered_at_text", day_first=none) }} as ordered_at_iso
    from cleaned
),

dated as {{ evaluated_once() }} (
    select
        *,
        {{ decimal_or_null("quantity_decimal", 12, 4) }} as quantity,
        {{ decimal_or_null("amount_decimal", 12, 2) }} as amount,
        {{ timestamp_or_null("ordered_at_iso") }} as ordered_at
    from parsed
),

final as (
    select
        -- ids
        dated.order_id,
        dated.customer_id,
        dated.part_number,

        -- strings
        coalesce(transaction_statuses.status, 'unknown') as status,
        dated.quantity_text,
        dated.amount_text,
        dated.status_text,
        dated.ordered_at_text,

        -- numerics
        dated.quantity,
        dated.amount,

        -- booleans
        dated.quantity_text is not null and dated.quantity is null
            as is_quantity_malformed,
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
