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
        *,
        {{ is_company("name_text") }} as is_company,
        {{ without_titles("name_text") }} as untitled_name,
        {{ is_email("email_text") }} as is_email_valid,
        {{ letters_only("country_text") }} as country_key,
        {{ iso_date_text("registered_at_text", day_first=none) }}
            as registered_at_iso
    from cleaned
),

split as {{ evaluated_once() }} (
    select
        *,
        case
            when not is_company then {{ split_name("untitled_name", "given") }}
        end as given_name_text,
        case
            when not is_company then {{ split_name("untitled_name", "family") }}
        end as family_name_text,
        {{ timestamp_or_null("registered_at_iso") }} as registered_at
    from parsed
),

named as {{ evaluated_once() }} (
    select
        *,
        {{ without_titles(person_name("given_name_text")) }} as given_name,
        {{ without_titles(person_name("family_name_text")) }} as family_name
    from split
),

final as (
    select
        -- ids
        named.customer_id,

        -- strings
        {{ humane_case("named.given_name") }} as given_name,
        {{ humane_case("named.family_name") }} as family_name,
        case when named.is_company then named.name_text end as company,
        named.name_text,
        case when named.is_email_valid then named.email_text end as email,
        named.email_text,
        country_names.country_code,
        named.country_text,
        named.registered_at_text,

        -- booleans
        named.email_text is not null and not named.is_email_valid
            as is_email_malformed,
        named.country_text is not null and country_names.country_code is null
            as is_country_unknown,
        named.registered_at_text is not null and named.registered_at is null
            as is_registered_at_malformed,

        -- timestamps
        named.registered_at,

        -- lineage
        named._source_file,
        named._row_number,
        named._batch_id
    from named
    left join country_names on named.country_key = country_names.name_key
)

select * from final
