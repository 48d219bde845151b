with source as (
    select * from {{ source("marketing", "email_events") }}
),

interaction_types as (
    select * from {{ ref("interaction_types") }}
),

versions as (
    select
        *,
        {{ latest_version(
            key=["trim(event_id)"],
            columns=["email", "campaign", "event_type", "event_at"],
        ) }} as version_rank
    from source
),

cleaned as {{ evaluated_once() }} (
    select
        _source_file,
        _row_number,
        _batch_id,
        trim(event_id) as event_id,
        {{ email_text("email") }} as email_text,
        {{ clean_text("campaign") }} as campaign_text,
        {{ clean_text("event_type") }} as interaction_type_text,
        {{ clean_text("event_at") }} as occurred_at_text
    from versions
    where version_rank = 1
),

parsed as {{ evaluated_once() }} (
    select
        *,
        {{ email_or_null("email_text") }} as email,
        -- an e-mail tool says "open", not "email_open"
        regexp_replace(
            {{ letters_only("interaction_type_text") }}, '^(email)?', 'email'
        ) as type_key,
        {{ timestamp_or_null("occurred_at_text", day_first=none) }}
            as occurred_at
    from cleaned
),

final as (
    select
        -- ids
        parsed.event_id,

        -- strings
        parsed.email,
        coalesce(interaction_types.interaction_type, 'other')
            as interaction_type,
        {{ campaign_name("parsed.campaign_text") }} as campaign,
        parsed.email_text,
        parsed.interaction_type_text,
        parsed.occurred_at_text,

        -- booleans
        {{ is_malformed("parsed.email") }} as is_email_malformed,
        interaction_types.type_key is null as is_interaction_type_unknown,
        {{ is_malformed("parsed.occurred_at") }} as is_occurred_at_malformed,

        -- timestamps
        parsed.occurred_at,

        -- lineage
        parsed._source_file,
        parsed._row_number,
        parsed._batch_id
    from parsed
    left join interaction_types
        on parsed.type_key = interaction_types.type_key
)

select * from final
