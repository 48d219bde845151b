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
        {{ name_part("first_name") }} as given_name,
        {{ name_part("last_name") }} as family_name,
        {{ clean_text("company") }} as company,
        {{ email_text("email") }} as email_text,
        {{ clean_text("phone") }} as phone_text,
        {{ is_opted_out(["HasOptedOutOfEmail"]) }} as is_email_opted_out,
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
        {{ letters_only("country_text") }} as country_key,
        {{ email_or_null("email_text") }} as email,
        {{ timestamp_or_null("created_at_text", day_first=none) }}
            as created_at,
        {{ timestamp_or_null("updated_at_text", day_first=none) }}
            as updated_at
    from cleaned
),

final as (
    select
        -- ids
        parsed.lead_id,
        parsed.converted_contact_id,

        -- strings
        parsed.given_name,
        parsed.family_name,
        parsed.company,
        parsed.email,
        parsed.email_text,
        parsed.phone_text,
        country_names.country_code,
        parsed.country_text,
        parsed.lead_source,
        parsed.status,
        parsed.created_at_text,
        parsed.updated_at_text,

        -- booleans
        {{ is_malformed("parsed.email") }} as is_email_malformed,
        parsed.is_email_opted_out,
        parsed.country_text is not null and country_names.country_code is null
            as is_country_unknown,
        {{ is_malformed("parsed.created_at") }} as is_created_at_malformed,
        {{ is_malformed("parsed.updated_at") }} as is_updated_at_malformed,

        -- timestamps
        parsed.created_at,
        parsed.updated_at,

        -- lineage
        parsed._source_file,
        parsed._row_number,
        parsed._batch_id
    from parsed
    left join country_names on parsed.country_key = country_names.name_key
)

select * from final
