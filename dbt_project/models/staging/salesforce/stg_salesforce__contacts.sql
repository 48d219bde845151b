with source as (
    select * from {{ source("salesforce", "contacts") }}
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
                "email", "phone", "first_name", "last_name", "mailing_address",
                "created_date", "last_modified_date", "lead_source", "status",
            ],
            changed_at="last_modified_date",
        ) }} as version_rank
    from source
),

-- An address is one text, or the object that Salesforce's API gives.
unpacked as {{ evaluated_once() }} (
    select
        *,
        {{ json_text_field("mailing_address", "street") }} as street,
        {{ json_text_field("mailing_address", "postalCode") }} as postal_code,
        {{ json_text_field("mailing_address", "city") }} as mailing_city,
        {{ json_text_field("mailing_address", "country") }} as country
    from versions
    where version_rank = 1
),

cleaned as {{ evaluated_once() }} (
    select
        _source_file,
        _row_number,
        _batch_id,
        trim(id) as contact_id,
        {{ person_name("first_name") }} as given_name,
        {{ person_name("last_name") }} as family_name,
        {{ email_text("email") }} as email_text,
        {{ clean_text("phone") }} as phone_text,
        case
            when left(mailing_address, 1) <> '{'
                then {{ one_line_address("mailing_address") }}
        end as full_address,
        {{ clean_text("street") }} as address,
        {{ clean_text("postal_code") }} as postcode,
        {{ clean_text("mailing_city") }} as city,
        {{ clean_text("country") }} as country_text,
        {{ clean_text("lead_source") }} as lead_source,
        {{ clean_text("status") }} as status,
        {{ clean_text("created_date") }} as created_at_text,
        {{ clean_text("last_modified_date") }} as updated_at_text
    from unpacked
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
        dated.contact_id,

        -- strings
        {{ humane_case("dated.untitled_given_name") }} as given_name,
        {{ humane_case("dated.untitled_family_name") }} as family_name,
        case when dated.is_email_valid then dated.email_text end as email,
        dated.email_text,
        dated.phone_text,
        dated.full_address,
        dated.address,
        dated.postcode,
        {{ humane_case("dated.city") }} as city,
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
