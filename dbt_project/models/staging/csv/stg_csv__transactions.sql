with source as (
    select * from {{ source("csv", "transactions") }}
),

transaction_statuses as (
    select * from {{ ref("transaction_statuses") }}
),

channels as (
    select * from {{ ref("channels") }}
),

versions as (
    select
        *,
        {{ latest_version(
            key=["trim(transaction_id)"],
            columns=[
                "customer_id", "transaction_date", "amount", "channel",
                "status",
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
        {{ clean_text("transaction_date") }} as ordered_at_text,
        {{ clean_text("amount") }} as amount_text,
        {{ clean_text("channel") }} as channel_text,
        {{ clean_text("status") }} as status_text
    from versions
    where version_rank = 1
),

parsed as {{ evaluated_once() }} (
    select
        *,
        {{ iso_date_text("ordered_at_text", day_first=true) }}
            as ordered_at_iso,
        {{ letters_only("channel_text") }} as channel_key,
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
        dated.transaction_id,
        dated.customer_id,

        -- strings
        coalesce(channels.channel, 'other') as channel,
        coalesce(transaction_statuses.status, 'unknown') as status,
        dated.ordered_at_text,
        dated.amount_text,
        dated.channel_text,
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
    left join channels on dated.channel_key = channels.channel_key
    left join transaction_statuses
        on dated.status_key = transaction_statuses.status_key
)

select * from final
