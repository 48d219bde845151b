with source as (
    select * from {{ source("csv", "customers") }}
),

country_names as (
    select * from {{ ref("country_names") }}
),

versions as (
    select
        *,
        {{ latest_version(
            key=["trim(customer_id)"],
            columns=[
                "first_name", "last_name", "email", "phone", "address", "city",
                "country", "created_at",
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
        {{ clean_text("address") }} as address,
        {{ clean_text("city") }} as city,
        {{ clean_text("country") }} as country_text,
        {{ clean_text("created_at") }} as created_at_text
    from versions
    where version_rank = 1
),

parsed as {{ evaluated_once() }} (
    select
        *,
        {{ letters_only("country_text") }} as country_key,
        {{ email_or_null("email_text") }} as email,
        {{ timestamp_or_null("created_at_text", day_first=true) }}
            as created_at
    from cleaned
),

final as (
    select
        -- ids
        parsed.customer_id,

        -- strings
        parsed.given_name,
        parsed.family_name,
        parsed.email,
        parsed.email_text,
        parsed.phone_text,
        parsed.address,
        {{ humane_case("parsed.city") }} as city,
        country_names.country_code,
        parsed.country_text,
        parsed.created_at_text,

        -- booleans
        {{ is_malformed("parsed.email") }} as is_email_malformed,
        parsed.country_text is not null and country_names.country_code is null
            as is_country_unknown,
        {{ is_malformed("parsed.created_at") }} as is_created_at_malformed,

        -- timestamps
        parsed.created_at,

        -- lineage
        parsed._source_file,
        parsed._row_number,
        parsed._batch_id
    from parsed
    left join country_names on parsed.country_key = country_names.name_key
)

select * from final
