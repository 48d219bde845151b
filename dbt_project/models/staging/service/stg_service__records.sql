with source as (
    select * from {{ source("service", "records") }}
),

versions as (
    select
        *,
        {{ latest_version(
            key=["trim(service_id)"],
            columns=[
                "customer_id", "vin", "service_date", "service_type",
                "service_amount",
            ],
        ) }} as version_rank
    from source
),

cleaned as {{ evaluated_once() }} (
    select
        _source_file,
        _row_number,
        _batch_id,
        trim(service_id) as service_id,
        nullif(trim(customer_id), '') as customer_id,
        {{ vin_text("vin") }} as vin,
        {{ clean_text("service_type") }} as service_type_text,
        {{ clean_text("service_amount") }} as amount_text,
        {{ clean_text("service_date") }} as served_at_text
    from versions
    where version_rank = 1
),

parsed as {{ evaluated_once() }} (
    select
        *,
        {{ decimal_or_null("amount_text", 12, 2) }} as amount,
        {{ timestamp_or_null("served_at_text", day_first=none) }} as served_at
    from cleaned
),

final as (
    select
        -- ids
        service_id,
        customer_id,
        vin,

        -- strings
        {{ sentence_case("service_type_text") }} as service_type,
        amount_text,
        served_at_text,

        -- numerics
        amount,

        -- booleans
        vin is not null and not {{ is_vin("vin") }} as is_vin_malformed,
        {{ is_malformed("amount") }} as is_amount_malformed,
        {{ is_malformed("served_at") }} as is_served_at_malformed,

        -- timestamps
        served_at,

        -- lineage
        _source_file,
        _row_number,
        _batch_id
    from parsed
)

select * from final
