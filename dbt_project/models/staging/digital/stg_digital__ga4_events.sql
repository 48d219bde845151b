with events as (
    {{ latest_occurrences(
        relation=source("digital", "ga4_events"),
        columns=[
            "user_id", "email", "session_id", "page_views", "event_timestamp",
            "source", "medium", "campaign",
        ],
    ) }}
),

cleaned as {{ evaluated_once() }} (
    select
        _source_file,
        _row_number,
        _batch_id,
        {{ dbt_utils.generate_surrogate_key(["fingerprint", "occurrence"]) }}
            as event_id,
        trim(session_id) as session_id,
        nullif(trim(user_id), '') as user_id,
        {{ email_text("email") }} as email_text,
        lower({{ clean_text("source") }}) as source,
        lower({{ clean_text("medium") }}) as medium,
        {{ clean_text("campaign") }} as campaign_text,
        {{ clean_text("page_views") }} as page_views_text,
        {{ clean_text("event_timestamp") }} as occurred_at_text
    from events
),

parsed as {{ evaluated_once() }} (
    select
        *,
        {{ email_or_null("email_text") }} as email,
        {{ decimal_or_null("page_views_text", 9, 0) }} as page_views,
        coalesce(
            {{ epoch_timestamp("occurred_at_text", unit="microsecond") }},
            {{ timestamp_or_null("occurred_at_text", day_first=none) }}
        ) as occurred_at
    from cleaned
),

final as (
    select
        -- ids
        event_id,
        session_id,
        user_id,

        -- strings
        email,
        source,
        medium,
        {{ campaign_name("campaign_text") }} as campaign,
        email_text,
        page_views_text,
        occurred_at_text,

        -- numerics
        cast(page_views as bigint) as page_views,

        -- booleans
        {{ is_malformed("email") }} as is_email_malformed,
        {{ is_malformed("page_views") }} as is_page_views_malformed,
        {{ is_malformed("occurred_at") }} as is_occurred_at_malformed,

        -- timestamps
        occurred_at,

        -- lineage
        _source_file,
        _row_number,
        _batch_id
    from parsed
)

select * from final
