with source as (
    select * from {{ source("service", "appointments") }}
),

versions as (
    select
        *,
        {{ latest_version(
            key=["trim(appointment_id)"],
            columns=[
                "customer_id", "vin", "scheduled_at", "service_type", "status",
            ],
        ) }} as version_rank
    from source
),

cleaned as {{ evaluated_once() }} (
    select
        _source_file,
        _row_number,
        _batch_id,
        trim(appointment_id) as appointment_id,
        nullif(trim(customer_id), '') as customer_id,
        {{ vin_text("vin") }} as vin,
        {{ clean_text("service_type") }} as service_type_text,
        lower({{ clean_text("status") }}) as status,
        {{ clean_text("scheduled_at") }} as scheduled_at_text
    from versions
    where version_rank = 1
),

parsed as {{ evaluated_once() }} (
    select
        *,
        {{ timestamp_or_null("scheduled_at_text", day_first=none) }}
            as scheduled_at
    from cleaned
),

final as (
    select
        -- ids
        appointment_id,
        customer_id,
        vin,

        -- strings
        {{ sentence_case("service_type_text") }} as service_type,
        status,
        scheduled_at_text,

        -- booleans
        vin is not null and not {{ is_vin("vin") }} as is_vin_malformed,
        {{ is_malformed("scheduled_at") }} as is_scheduled_at_malformed,

        -- timestamps
        scheduled_at,

        -- lineage
        _source_file,
        _row_number,
        _batch_id
    from parsed
)

select * from final
