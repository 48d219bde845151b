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
        {{ is_email("email_text") }} as is_email_valid,
        {{ decimal_text("page_views_text") }} as page_views_decimal,
        {{ iso_date_text("occurred_at_text", day_first=none) }}
            as occurred_at_iso
    from cleaned
),

dated as {{ evaluated_once() }} (
    select
        *,
        {{ decimal_or_null("page_views_decimal", 9, 0) }} as page_views,
        coalesce(
            {{ epoch_timestamp("occurred_at_text", unit="microsecond") }},
            {{ timestamp_or_null("occurred_at_iso") }}
        ) as occurred_at
    from parsed
),

final as (
    select
        -- ids
        event_id,
        session_id,
        user_id,

        -- strings
        case when is_email_valid then email_text end as email,
        source,
        medium,
        {{ campaign_name("campaign_text") }} as campaign,
        email_text,
        page_views_text,
        occurred_at_text,

        -- numerics
        cast(page_views as bigint) as page_views,

        -- booleans
        email_text is not null and not is_email_valid as is_email_malformed,
        page_views_text is not null and page_views is null
            as is_page_views_malformed,
        occurred_at_text is not null and occurred_at is null
            as is_occurred_at_malformed,

        -- timestamps
        occurred_at,

        -- lineage
        _source_file,
        _row_number,
        _batch_id
    from dated
)

select * from final
