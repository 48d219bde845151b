with source as (
    select * from {{ source("stripe", "customers") }}
),

versions as (
    select
        *,
        {{ latest_version(
            key=["trim(id)"],
            columns=["email", "name", "phone", "created"],
        ) }} as version_rank
    from source
),

cleaned as {{ evaluated_once() }} (
    select
        _source_file,
        _row_number,
        _batch_id,
        trim(id) as customer_id,
        {{ clean_text("name") }} as name_text,
        {{ email_text("email") }} as email_text,
        {{ clean_text("phone") }} as phone_text,
        {{ clean_text("created") }} as created_at_text
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
        {{ epoch_timestamp("created_at_text", unit="second") }} as created_at
    from cleaned
    cross join lateral {{ full_name_parts("name_text") }} as person
),

final as (
    select
        -- ids
        customer_id,

        -- strings
        given_name,
        family_name,
        company,
        name_text,
        email,
        email_text,
        phone_text,
        created_at_text,

        -- booleans
        {{ is_malformed("email") }} as is_email_malformed,
        {{ is_malformed("created_at") }} as is_created_at_malformed,

        -- timestamps
        created_at,

        -- lineage
        _source_file,
        _row_number,
        _batch_id
    from parsed
)

select * from final
