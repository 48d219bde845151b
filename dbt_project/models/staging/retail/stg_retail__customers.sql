with source as (
    select * from {{ source("retail", "customers") }}
),

country_names as (
    select * from {{ ref("country_names") }}
),

versions as (
    select
        *,
        {{ latest_version(
            key=["trim(customer_id)"],
            columns=["full_name", "email", "country", "registration_date"],
        ) }} as version_rank
    from source
),

cleaned as {{ evaluated_once() }} (
    select
        _source_file,
        _row_number,
        _batch_id,
        trim(customer_id) as customer_id,
        {{ clean_text("full_name") }} as name_text,
        {{ email_text("email") }} as email_text,
        {{ clean_text("country") }} as country_text,
        {{ clean_text("registration_date") }} as registered_at_text
    from versions
    where version_rank = 1
),

parsed as {{ evaluated_once() }} (
    select
        cleaned.*,
        person.given_name,
        person.family_name,
        person.company,
        {{ email_or_null("email_text") }} as email,
        {{ letters_only("country_text") }} as country_key,
        {{ timestamp_or_null("registered_at_text", day_first=none) }}
            as registered_at
    from cleaned
    cross join lateral {{ full_name_parts("name_text") }} as person
),

final as (
    select
        -- ids
        parsed.customer_id,

        -- strings
        parsed.given_name,
        parsed.family_name,
        parsed.company,
        parsed.name_text,
        parsed.email,
        parsed.email_text,
        country_names.country_code,
        parsed.country_text,
        parsed.registered_at_text,

        -- booleans
        {{ is_malformed("parsed.email") }} as is_email_malformed,
        parsed.country_text is not null and country_names.country_code is null
            as is_country_unknown,
        {{ is_malformed("parsed.registered_at") }}
            as is_registered_at_malformed,

        -- timestamps
        parsed.registered_at,

        -- lineage
        parsed._source_file,
        parsed._row_number,
        parsed._batch_id
    from parsed
    left join country_names on parsed.country_key = country_names.name_key
)

select * from final
