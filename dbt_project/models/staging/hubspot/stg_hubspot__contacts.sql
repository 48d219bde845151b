with source as (
    select * from {{ source("hubspot", "contacts") }}
),

versions as (
    select
        *,
        {{ latest_version(
            key=["trim(contact_id)"],
            columns=["email", "first_name", "last_name", "phone", "company"],
        ) }} as version_rank
    from source
),

cleaned as {{ evaluated_once() }} (
    select
        _source_file,
        _row_number,
        _batch_id,
        trim(contact_id) as contact_id,
        {{ name_part("first_name") }} as given_name,
        {{ name_part("last_name") }} as family_name,
        {{ clean_text("company") }} as company,
        {{ email_text("email") }} as email_text,
        {{ clean_text("phone") }} as phone_text,
        {{ is_opted_out(["hs_email_optout", "Unsubscribed from all email"]) }}
            as is_email_opted_out
    from versions
    where version_rank = 1
),

parsed as {{ evaluated_once() }} (
    select
        *,
        {{ email_or_null("email_text") }} as email
    from cleaned
),

final as (
    select
        -- ids
        contact_id,

        -- strings
        given_name,
        family_name,
        company,
        email,
        email_text,
        phone_text,

        -- booleans
        {{ is_malformed("email") }} as is_email_malformed,
        is_email_opted_out,

        -- lineage
        _source_file,
        _row_number,
        _batch_id
    from parsed
)

select * from final
