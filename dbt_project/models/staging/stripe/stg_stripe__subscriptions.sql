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
        {{ epoch_timestamp("began_at_text", unit="second") }} as began_at,
        {{ epoch_timestamp("cancelled_at_text", unit="second") }}
            as cancelled_at,
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
        amount,

        -- booleans
        {{ is_malformed("amount") }} as is_amount_malformed,
        {{ is_malformed("began_at") }} as is_began_at_malformed,
        {{ is_malformed("cancelled_at") }} as is_cancelled_at_malformed,

        -- timestamps
        began_at,
        cancelled_at,

        -- lineage
        _source_file,
        _row_number,
        _batch_id
    from parsed
)

select * from final
