with source as (
    select * from {{ source("salesforce", "leads") }}
),

country_names as (
    select * from {{ ref("country_names") }}
),

versions as (
    select
        *,
        {{ latest_version(
            key=["trim(id)"],
            columns=[
                "email", "phone", "first_name", "last_name", "company",
                "country", "lead_source", "status", "created_date",
                "last_modified_date", "converted_contact_id",
            ],
            changed_at="last_modified_date",
        ) }} as version_rank
    from source
),

cleaned as {{ evaluated_once() }} (
    select
        _source_file,
        _row_number,
        _batch_id,
        trim(id) as lead_id,
        nullif(trim(converted_contact_id), '') as converted_contact_id,
        {{ person_name("first_name") }} as given_name,
        {{ person_name("last_name") }} as family_name,
        {{ clean_text("company") }} as company,
        {{ email_text("email") }} as email_text,
        {{ clean_text("phone") }} as phone_text,
        {{ clean_text("country") }} as country_text,
        {{ clean_text("lead_source") }} as lead_source,
        {{ clean_text("status") }} as status,
        {{ clean_text("created_date") }} as created_at_text,
        {{ clean_text("last_modified_date") }} as updated_at_text
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
        {{ iso_date_text("created_at_text", day_first=none) }}
            as created_at_iso,
        {{ iso_date_text("updated_at_text", day_first=none) }}
            as updated_at_iso
    from cleaned
),

dated as {{ evaluated_once() }} (
    select
        *,
        {{ timestamp_or_null("created_at_iso") }} as created_at,
        {{ timestamp_or_null("updated_at_iso") }} as updated_at
    from parsed
),

final as (
    select
        -- ids
        dated.lead_id,
        dated.converted_contact_id,

        -- strings
        {{ humane_case("dated.untitled_given_name") }} as given_name,
        {{ humane_case("dated.untitled_family_name") }} as family_name,
        dated.company,
        case when dated.is_email_valid then dated.email_text end as email,
        dated.email_text,
        dated.phone_text,
        country_names.country_code,
        dated.country_text,
        dated.lead_source,
        dated.status,
        dated.created_at_text,
        dated.updated_at_text,

        -- booleans
        dated.email_text is not null and not dated.is_email_valid
            as is_email_malformed,
        dated.country_text is not null and country_names.country_code is null
            as is_country_unknown,
        dated.created_at_text is not null and dated.created_at is null
            as is_created_at_malformed,
        dated.updated_at_text is not null and dated.updated_at is null
            as is_updated_at_malformed,

        -- timestamps
        dated.created_at,
        dated.updated_at,

        -- lineage
        dated._source_file,
        dated._row_number,
        dated._batch_id
    from dated
    left join country_names on dated.country_key = country_names.name_key
)

select * from final
