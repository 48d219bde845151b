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
        {{ person_name("first_name") }} as given_name,
        {{ person_name("last_name") }} as family_name,
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
        {{ without_titles("given_name") }} as untitled_given_name,
        {{ without_titles("family_name") }} as untitled_family_name,
        {{ is_email("email_text") }} as is_email_valid,
        {{ iso_date_text("last_purchase_at_text", day_first=false) }}
            as last_purchase_at_iso,
        {{ iso_date_text("last_service_at_text", day_first=false) }}
            as last_service_at_iso
    from cleaned
),

dated as {{ evaluated_once() }} (
    select
        *,
        {{ timestamp_or_null("last_purchase_at_iso") }} as last_purchase_at,
        {{ timestamp_or_null("last_service_at_iso") }} as last_service_at
    from parsed
),

final as (
    select
        -- ids
        customer_id,

        -- strings
        {{ humane_case("untitled_given_name") }} as given_name,
        {{ humane_case("untitled_family_name") }} as family_name,
        case when is_email_valid then email_text end as email,
        email_text,
        phone_text,
        full_address,
        {{ sentence_case("status_text") }} as status,
        last_purchase_at_text,
        last_service_at_text,

        -- booleans
        email_text is not null and not is_email_valid as is_email_malformed,
        last_purchase_at_text is not null and last_purchase_at is null
            as is_last_purchase_at_malformed,
        last_service_at_text is not null and last_service_at is null
            as is_last_service_at_malformed,

        -- timestamps
        last_purchase_at,
        last_service_at,

        -- lineage
        _source_file,
        _row_number,
        _batch_id
    from dated
)

select * from final
