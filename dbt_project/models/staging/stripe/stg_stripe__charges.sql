with source as (
    select * from {{ source("stripe", "charges") }}
),

transaction_statuses as (
    select * from {{ ref("transaction_statuses") }}
),

versions as (
    select
        *,
        {{ latest_version(
            key=["trim(id)"],
            columns=[
                "customer", "amount", "currency", "created", "status",
                "refunded",
            ],
        ) }} as version_rank
    from source
),

cleaned as {{ evaluated_once() }} (
    select
        _source_file,
        _row_number,
        _batch_id,
        trim(id) as charge_id,
        nullif(trim(customer), '') as customer_id,
        upper({{ clean_text("currency") }}) as currency,
        {{ clean_text("amount") }} as amount_text,
        {{ clean_text("status") }} as status_text,
        {{ clean_text("refunded") }} as is_refunded_text,
        {{ clean_text("created") }} as charged_at_text
    from versions
    where version_rank = 1
),

parsed as {{ evaluated_once() }} (
    select
        *,
        {{ letters_only("status_text") }} as status_key,
        {{ boolean_or_null("is_refunded_text") }} as is_refunded,
        {{ epoch_timestamp("charged_at_text", unit="second") }} as charged_at,
        cast(
            {{ amount_of_minor_units(
                decimal_or_null("amount_text", 14, 0), "currency"
            ) }} as numeric(18, 4)
        ) as amount
    from cleaned
),

final as (
    select
        -- ids
        parsed.charge_id,
        parsed.customer_id,

        -- strings
        parsed.currency,
        coalesce(transaction_statuses.status, 'unknown') as status,
        parsed.amount_text,
        parsed.status_text,
        parsed.is_refunded_text,
        parsed.charged_at_text,

        -- numerics
        parsed.amount,

        -- booleans
        parsed.is_refunded,
        {{ is_malformed("parsed.amount") }} as is_amount_malformed,
        {{ is_malformed("parsed.is_refunded") }} as is_refunded_malformed,
        {{ is_malformed("parsed.charged_at") }} as is_charged_at_malformed,

        -- timestamps
        parsed.charged_at,

        -- lineage
        parsed._source_file,
        parsed._row_number,
        parsed._batch_id
    from parsed
    left join transaction_statuses
        on parsed.status_key = transaction_statuses.status_key
)

select * from final
