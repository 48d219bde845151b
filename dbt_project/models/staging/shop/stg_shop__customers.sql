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
        *,
        {{ is_company("name_text") }} as is_company,
        {{ without_titles("name_text") }} as untitled_name,
        {{ is_email("email_text") }} as is_email_valid
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
        end as family_name_text
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
        customer_id,

        -- strings
        {{ humane_case("given_name") }} as given_name,
        {{ humane_case("family_name") }} as family_name,
        case when is_company then name_text end as company,
        name_text,
        case when is_email_valid then email_text end as email,
        email_text,
        full_address,

        -- booleans
        email_text is not null and not is_email_valid as is_email_malformed,

        -- lineage
        _source_file,
        _row_number,
        _batch_id
    from named
)

select * from final
