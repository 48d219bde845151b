with source as (
    select * from {{ source("service", "warranty_claims") }}
),

versions as (
    select
        *,
        {{ latest_version(
            key=["trim(claim_id)"],
            columns=[
                "customer_id", "vin", "claim_date", "component", "claim_amount",
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
        trim(claim_id) as claim_id,
        nullif(trim(customer_id), '') as customer_id,
        {{ vin_text("vin") }} as vin,
        {{ clean_text("component") }} as component_text,
        lower({{ clean_text("status") }}) as status,
        {{ clean_text("claim_amount") }} as amount_text,
        {{ clean_text("claim_date") }} as claimed_at_text
    from versions
    where version_rank = 1
),

parsed as {{ evaluated_once() }} (
    select
        *,
        {{ decimal_or_null("amount_text", 12, 2) }} as amount,
        {{ timestamp_or_null("claimed_at_text", day_first=none) }}
            as claimed_at
    from cleaned
),

final as (
    select
        -- ids
        claim_id,
        customer_id,
        vin,

        -- strings
        {{ sentence_case("component_text") }} as component,
        status,
        amount_text,
        claimed_at_text,

        -- numerics
        amount,

        -- booleans
        vin is not null and not {{ is_vin("vin") }} as is_vin_malformed,
        {{ is_malformed("amount") }} as is_amount_malformed,
        {{ is_malformed("claimed_at") }} as is_claimed_at_malformed,

        -- timestamps
        claimed_at,

        -- lineage
        _source_file,
        _row_number,
        _batch_id
    from parsed
)

select * from final
