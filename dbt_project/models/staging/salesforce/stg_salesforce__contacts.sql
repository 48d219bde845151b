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
        {{ name_part("first_name") }} as given_name,
        {{ name_part("last_name") }} as family_name,
        {{ email_text("email") }} as email_text,
        {{ clean_text("phone") }} as phone_text,
        {{ is_opted_out(["HasOptedOutOfEmail"]) }} as is_email_opted_out,
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
        parsed.contact_id,

        -- strings
        parsed.given_name,
        parsed.family_name,
        parsed.email,
        parsed.email_text,
        parsed.phone_text,
        parsed.full_address,
        parsed.address,
        parsed.postcode,
        {{ humane_case("parsed.city") }} as city,
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
