with source as (
    select * from {{ source("shop", "customers") }}
),

versions as (
    select
        *,
        {{ latest_version(
            key=["trim(customer_id)"],
            columns=["name", "email", "address"],
        ) }} as version_rank
    from source
),

cleaned as {{ evaluated_once() }} (
    select
        _source_file,
        _row_number,
        _batch_id,
        trim(customer_id) as customer_id,
        {{ clean_text("name") }} as name_text,
        {{ email_text("email") }} as email_text,
        {{ one_line_address("address") }} as full_address
    from versions
    where version_rank = 1
),

parsed as {{ evaluated_once() }} (
    select
        cleaned.*,
        person.given_name,
        person.family_name,
        person.company,
        {{ email_or_null("email_text") }} as email
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
        full_address,

        -- booleans
        {{ is_malformed("email") }} as is_email_malformed,

        -- lineage
        _source_file,
        _row_number,
        _batch_id
    from parsed
)

select * from final
