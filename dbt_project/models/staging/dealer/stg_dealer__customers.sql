with source as (
    select * from {{ source("dealer", "customers") }}
),

versions as (
    select
        *,
        {{ latest_version(
            key=["trim(customer_id)"],
            columns=[
                "email", "phone", "first_name", "last_name", "address",
                "purchase_date", "last_service_date", "customer_status",
            ],
        ) }} as version_rank
    from source
),

cleaned as {{ evaluated_once() }} (
    select
        _source_file,
        _row_number,
        _batch_id,
        trim(customer_id) as customer_id,
        {{ name_part("first_name") }} as given_name,
        {{ name_part("last_name") }} as family_name,
        {{ email_text("email") }} as email_text,
        {{ clean_text("phone") }} as phone_text,
        {{ one_line_address("address") }} as full_address,
        {{ clean_text("customer_status") }} as status_text,
        {{ clean_text("purchase_date") }} as last_purchase_at_text,
        {{ clean_text("last_service_date") }} as last_service_at_text
    from versions
    where version_rank = 1
),

-- The dealers write the month first.
parsed as {{ evaluated_once() }} (
    select
        *,
        {{ email_or_null("email_text") }} as email,
        {{ timestamp_or_null("last_purchase_at_text", day_first=false) }}
            as last_purchase_at,
        {{ timestamp_or_null("last_service_at_text", day_first=false) }}
            as last_service_at
    from cleaned
),

final as (
    select
        -- ids
        customer_id,

        -- strings
        given_name,
        family_name,
        email,
        email_text,
        phone_text,
        full_address,
        {{ sentence_case("status_text") }} as status,
        last_purchase_at_text,
        last_service_at_text,

        -- booleans
        {{ is_malformed("email") }} as is_email_malformed,
        {{ is_malformed("last_purchase_at") }} as is_last_purchase_at_malformed,
        {{ is_malformed("last_service_at") }} as is_last_service_at_malformed,

        -- timestamps
        last_purchase_at,
        last_service_at,

        -- lineage
        _source_file,
        _row_number,
        _batch_id
    from parsed
)

select * from final
