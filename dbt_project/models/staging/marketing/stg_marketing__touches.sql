with touches as (
    {{ latest_occurrences(
        relation=source("marketing", "touches"),
        columns=[
            "user_id", "email", "source", "medium", "campaign", "timestamp",
            "cost",
        ],
    ) }}
),

cleaned as {{ evaluated_once() }} (
    select
        _source_file,
        _row_number,
        _batch_id,
        {{ dbt_utils.generate_surrogate_key(["fingerprint", "occurrence"]) }}
            as touch_id,
        nullif(trim(user_id), '') as user_id,
        {{ email_text("email") }} as email_text,
        lower({{ clean_text("source") }}) as source,
        lower({{ clean_text("medium") }}) as medium,
        {{ clean_text("campaign") }} as campaign_text,
        {{ clean_text("timestamp") }} as touched_at_text,
        {{ clean_text("cost") }} as cost_text
    from touches
),

parsed as {{ evaluated_once() }} (
    select
        *,
        {{ email_or_null("email_text") }} as email,
        {{ timestamp_or_null("touched_at_text", day_first=none) }}
            as touched_at,
        {{ decimal_or_null("cost_text", 12, 4) }} as cost
    from cleaned
),

final as (
    select
        -- ids
        touch_id,
        user_id,

        -- strings
        email,
        source,
        medium,
        {{ campaign_name("campaign_text") }} as campaign,
        email_text,
        touched_at_text,
        cost_text,

        -- numerics
        cost,

        -- booleans
        {{ is_malformed("email") }} as is_email_malformed,
        {{ is_malformed("cost") }} as is_cost_malformed,
        {{ is_malformed("touched_at") }} as is_touched_at_malformed,

        -- timestamps
        touched_at,

        -- lineage
        _source_file,
        _row_number,
        _batch_id
    from parsed
)

select * from final
