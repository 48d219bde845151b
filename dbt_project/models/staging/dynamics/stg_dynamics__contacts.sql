with source as (
    select * from {{ source("dynamics", "contacts") }}
),

versions as (
    select
        *,
        {{ latest_version(
            key=["trim(contactid)"],
            columns=[
                "emailaddress1", "telephone1", "firstname", "lastname",
                "address1_line1", "createdon", "modifiedon", "leadsourcecode",
                "statecode",
            ],
            changed_at="modifiedon",
        ) }} as version_rank
    from source
),

cleaned as {{ evaluated_once() }} (
    select
        _source_file,
        _row_number,
        _batch_id,
        trim(contactid) as contact_id,
        {{ name_part("firstname") }} as given_name,
        {{ name_part("lastname") }} as family_name,
        {{ email_text("emailaddress1") }} as email_text,
        {{ clean_text("telephone1") }} as phone_text,
        {{ is_opted_out(["donotemail", "donotbulkemail"]) }}
            as is_email_opted_out,
        {{ one_line_address("address1_line1") }} as full_address,
        {{ clean_text("leadsourcecode") }} as lead_source_code,
        {{ clean_text("statecode") }} as state_code,
        {{ clean_text("createdon") }} as created_at_text,
        {{ clean_text("modifiedon") }} as updated_at_text
    from versions
    where version_rank = 1
),

parsed as {{ evaluated_once() }} (
    select
        *,
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
        contact_id,

        -- strings
        given_name,
        family_name,
        email,
        email_text,
        phone_text,
        full_address,
        lead_source_code,
        state_code,
        created_at_text,
        updated_at_text,

        -- booleans
        case state_code when '0' then true when '1' then false end
            as is_active,
        {{ is_malformed("email") }} as is_email_malformed,
        is_email_opted_out,
        {{ is_malformed("created_at") }} as is_created_at_malformed,
        {{ is_malformed("updated_at") }} as is_updated_at_malformed,

        -- timestamps
        created_at,
        updated_at,

        -- lineage
        _source_file,
        _row_number,
        _batch_id
    from parsed
)

select * from final
