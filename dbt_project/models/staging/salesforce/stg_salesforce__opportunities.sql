with source as (
    select * from {{ source("salesforce", "opportunities") }}
),

versions as (
    select
        *,
        {{ latest_version(
            key=["trim(id)"],
            columns=[
                "contact_id", "name", "stage_name", "amount", "close_date",
                "created_date", "campaign",
            ],
        ) }} as version_rank
    from source
),

cleaned as {{ evaluated_once() }} (
    select
        _source_file,
        _row_number,
        _batch_id,
        trim(id) as opportunity_id,
        nullif(trim(contact_id), '') as contact_id,
        {{ clean_text("name") }} as opportunity_name,
        {{ clean_text("stage_name") }} as stage,
        {{ clean_text("campaign") }} as campaign,
        {{ clean_text("amount") }} as amount_text,
        {{ clean_text("close_date") }} as closes_at_text,
        {{ clean_text("created_date") }} as created_at_text
    from versions
    where version_rank = 1
),

parsed as {{ evaluated_once() }} (
    select
        *,
        {{ decimal_or_null("amount_text", 12, 2) }} as amount,
        {{ timestamp_or_null("closes_at_text", day_first=none) }} as closes_at,
        {{ timestamp_or_null("created_at_text", day_first=none) }}
            as created_at
    from cleaned
),

final as (
    select
        -- ids
        opportunity_id,
        contact_id,

        -- strings
        opportunity_name,
        stage,
        campaign,
        amount_text,
        closes_at_text,
        created_at_text,

        -- numerics
        amount,

        -- booleans
        {{ is_malformed("amount") }} as is_amount_malformed,
        {{ is_malformed("closes_at") }} as is_closes_at_malformed,
        {{ is_malformed("created_at") }} as is_created_at_malformed,

        -- timestamps
        closes_at,
        created_at,

        -- lineage
        _source_file,
        _row_number,
        _batch_id
    from parsed
)

select * from final
