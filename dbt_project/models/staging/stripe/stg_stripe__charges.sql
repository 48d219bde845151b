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
        {{ decimal_text("amount_text") }} as amount_decimal,
        {{ letters_only("status_text") }} as status_key,
        {{ boolean_or_null("is_refunded_text") }} as is_refunded,
        {{ epoch_timestamp("charged_at_text", unit="second") }} as charged_at
    from cleaned
),

counted as {{ evaluated_once() }} (
    select
        *,
        {{ decimal_or_null("amount_decimal", 14, 0) }} as minor_units
    from parsed
),

charged as (
    select
        *,
        {{ amount_of_minor_units("minor_units", "currency") }} as amount
    from counted
),

final as (
    select
        -- ids
        charged.charge_id,
        charged.customer_id,

        -- strings
        charged.currency,
        coalesce(transaction_statuses.status, 'unknown') as status,
        charged.amount_text,
        charged.status_text,
        charged.is_refunded_text,
        charged.charged_at_text,

        -- numerics
        cast(charged.amount as numeric(18, 4)) as amount,

        -- booleans
        charged.is_refunded,
        charged.amount_text is not null and charged.minor_units is null
            as is_amount_malformed,
        charged.is_refunded_text is not null and charged.is_refunded is null
            as is_refunded_malformed,
        charged.charged_at_text is not null and charged.charged_at is null
            as is_charged_at_malformed,

        -- timestamps
        charged.charged_at,

        -- lineage
        charged._source_file,
        charged._row_number,
        charged._batch_id
    from charged
    left join transaction_statuses
        on charged.status_key = transaction_statuses.status_key
)

select * from final
