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
        {{ person_name("first_name") }} as given_name,
        {{ person_name("last_name") }} as family_name,
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
        {{ without_titles("given_name") }} as untitled_given_name,
        {{ without_titles("family_name") }} as untitled_family_name,
        {{ letters_only("country_text") }} as country_key,
        {{ is_email("email_text") }} as is_email_valid,
        {{ iso_date_text("created_at_text", day_first=true) }} as created_at_iso
    from cleaned
),

dated as {{ evaluated_once() }} (
    select
        *,
        {{ timestamp_or_null("created_at_iso") }} as created_at
    from parsed
),

final as (
    select
        -- ids
        dated.customer_id,

        -- strings
        {{ humane_case("dated.untitled_given_name") }} as given_name,
        {{ humane_case("dated.untitled_family_name") }} as family_name,
        case when dated.is_email_valid then dated.email_text end as email,
        dated.email_text,
        dated.phone_text,
        dated.address,
        {{ humane_case("dated.city") }} as city,
        country_names.country_code,
        dated.country_text,
        dated.created_at_text,

        -- booleans
        dated.email_text is not null and not dated.is_email_valid
            as is_email_malformed,
        dated.country_text is not null and country_names.country_code is null
            as is_country_unknown,
        dated.created_at_text is not null and dated.created_at is null
            as is_created_at_malformed,

        -- timestamps
        dated.created_at,

        -- lineage
        dated._source_file,
        dated._row_number,
        dated._batch_id
    from dated
    left join country_names on dated.country_key = country_names.name_key
)

select * from final
