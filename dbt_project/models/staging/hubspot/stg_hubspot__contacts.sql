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
        {{ person_name("first_name") }} as given_name,
        {{ person_name("last_name") }} as family_name,
        {{ clean_text("company") }} as company,
        {{ email_text("email") }} as email_text,
        {{ clean_text("phone") }} as phone_text
    from versions
    where version_rank = 1
),

parsed as {{ evaluated_once() }} (
    select
        *,
        {{ without_titles("given_name") }} as untitled_given_name,
        {{ without_titles("family_name") }} as untitled_family_name,
        {{ is_email("email_text") }} as is_email_valid
    from cleaned
),

final as (
    select
        -- ids
        contact_id,

        -- strings
        {{ humane_case("untitled_given_name") }} as given_name,
        {{ humane_case("untitled_family_name") }} as family_name,
        company,
        case when is_email_valid then email_text end as email,
        email_text,
        phone_text,

        -- booleans
        email_text is not null and not is_email_valid as is_email_malformed,

        -- lineage
        _source_file,
        _row_number,
        _batch_id
    from parsed
)

select * from final
