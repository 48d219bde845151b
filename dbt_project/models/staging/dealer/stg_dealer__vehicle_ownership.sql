with source as (
    select * from {{ source("dealer", "vehicle_ownership") }}
),

versions as (
    select
        *,
        {{ latest_version(
            key=["trim(vin)", "trim(customer_id)", "trim(owned_from)"],
            columns=["model", "model_year", "owned_until"],
        ) }} as version_rank
    from source
),

cleaned as {{ evaluated_once() }} (
    select
        _source_file,
        _row_number,
        _batch_id,
        {{ dbt_utils.generate_surrogate_key(
            ["trim(vin)", "trim(customer_id)", "trim(owned_from)"]
        ) }} as ownership_id,
        trim(customer_id) as customer_id,
        {{ vin_text("vin") }} as vin,
        {{ clean_text("model") }} as model,
        {{ clean_text("model_year") }} as model_year_text,
        {{ clean_text("owned_from") }} as owned_from_text,
        {{ clean_text("owned_until") }} as owned_until_text
    from versions
    where version_rank = 1
),

parsed as {{ evaluated_once() }} (
    select
        *,
        cast({{ decimal_or_null("model_year_text", 4, 0) }} as integer)
            as model_year,
        {{ timestamp_or_null("owned_from_text", day_first=none) }}
            as owned_from,
        {{ timestamp_or_null("owned_until_text", day_first=none) }}
            as owned_until
    from cleaned
),

final as (
    select
        -- ids
        ownership_id,
        customer_id,
        vin,

        -- strings
        model,
        model_year_text,
        owned_from_text,
        owned_until_text,

        -- numerics
        model_year,

        -- booleans
        vin is not null and not {{ is_vin("vin") }} as is_vin_malformed,
        {{ is_malformed("model_year") }} as is_model_year_malformed,
        {{ is_malformed("owned_from") }} as is_owned_from_malformed,
        {{ is_malformed("owned_until") }} as is_owned_until_malformed,

        -- timestamps
        owned_from,
        owned_until,

        -- lineage
        _source_file,
        _row_number,
        _batch_id
    from parsed
)

select * from final
