with source as (
    select * from {{ source("marketing", "campaign_spend") }}
),

versions as (
    select
        *,
        {{ latest_version(
            key=["trim(campaign)", "trim(date)", "trim(channel)"],
            columns=["spend"],
        ) }} as version_rank
    from source
),

cleaned as {{ evaluated_once() }} (
    select
        _source_file,
        _row_number,
        _batch_id,
        {{ dbt_utils.generate_surrogate_key(
            ["trim(campaign)", "trim(date)", "trim(channel)"]
        ) }} as campaign_spend_id,
        {{ clean_text("campaign") }} as campaign_text,
        lower({{ clean_text("channel") }}) as channel,
        {{ clean_text("date") }} as cost_date_text,
        {{ clean_text("spend") }} as cost_text
    from versions
    where version_rank = 1
),

parsed as {{ evaluated_once() }} (
    select
        *,
        cast({{ timestamp_or_null("cost_date_text", day_first=none) }} as date)
            as cost_date,
        {{ decimal_or_null("cost_text", 12, 4) }} as cost
    from cleaned
),

final as (
    select
        -- ids
        campaign_spend_id,

        -- strings
        {{ campaign_name("campaign_text") }} as campaign,
        channel,
        cost_date_text,
        cost_text,

        -- numerics
        cost,

        -- booleans
        {{ is_malformed("cost") }} as is_cost_malformed,
        {{ is_malformed("cost_date") }} as is_cost_date_malformed,

        -- dates
        cost_date,

        -- lineage
        _source_file,
        _row_number,
        _batch_id
    from parsed
)

select * from final
