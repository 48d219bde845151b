with source as (
    select * from {{ source("stripe", "subscriptions") }}
),

versions as (
    select
        *,
        {{ latest_version(
            key=["trim(id)"],
            columns=[
                "customer", "plan", "amount", "currency", "interval", "created",
                "canceled_at", "status",
            ],
        ) }} as version_rank
    from source
),

cleaned as {{ evaluated_once() }} (
    select
        _source_file,
        _row_number,
        _batch_id,
        trim(id) as subscription_id,
        nullif(trim(customer), '') as customer_id,
        {{ clean_text("plan") }} as plan,
        upper({{ clean_text("currency") }}) as currency,
        lower({{ clean_text("interval") }}) as billing_interval,
        lower({{ clean_text("status") }}) as status,
        {{ clean_text("amount") }} as amount_text,
        {{ clean_text("created") }} as began_at_text,
        {{ clean_text("canceled_at") }} as cancelled_at_text
    from versions
    where version_rank = 1
),

parsed as {{ evaluated_once() }} (
    select
        *,
        {{ decimal_text("amount_text") }} as amount_decimal,
        {{ epoch_timestamp("began_at_text", unit="second") }} as began_at,
        {{ epoch_timestamp("cancelled_at_text", unit="second") }}
            as cancelled_at
    from cleaned
),

counted as {{ evaluated_once() }} (
    select
        *,
        {{ decimal_or_null("amount_decimal", 14, 0) }} as minor_units
    from parsed
),

final as (
    select
        -- ids
        subscription_id,
        customer_id,

        -- strings
        plan,
        currency,
        billing_interval,
        status,
        amount_text,
        began_at_text,
        cancelled_at_text,

        -- numerics
        cast(
            {{ amount_of_minor_units("minor_units", "currency") }}
            as numeric(18, 4)
        ) as amount,

        -- booleans
        amount_text is not null and minor_units is null as is_amount_malformed,
        began_at_text is not null and began_at is null as is_began_at_malformed,
        cancelled_at_text is not null and cancelled_at is null
            as is_cancelled_at_malformed,

        -- timestamps
        began_at,
        cancelled_at,

        -- lineage
        _source_file,
        _row_number,
        _batch_id
    from counted
)

select * from final
