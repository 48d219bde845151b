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
        {{ is_email("email_text") }} as is_email_valid,
        -- an e-mail tool says "open", not "email_open"
        regexp_replace(
            {{ letters_only("interaction_type_text") }}, '^(email)?', 'email'
        ) as type_key,
        {{ iso_date_text("occurred_at_text", day_first=none) }}
            as occurred_at_iso
    from cleaned
),

dated as {{ evaluated_once() }} (
    select
        *,
        {{ timestamp_or_null("occurred_at_iso") }} as occurred_at
    from parsed
),

final as (
    select
        -- ids
        dated.event_id,

        -- strings
        case when dated.is_email_valid then dated.email_text end as email,
        coalesce(interaction_types.interaction_type, 'other')
            as interaction_type,
        {{ campaign_name("dated.campaign_text") }} as campaign,
        dated.email_text,
        dated.interaction_type_text,
        dated.occurred_at_text,

        -- booleans
        dated.email_text is not null and not dated.is_email_valid
            as is_email_malformed,
        interaction_types.type_key is null as is_interaction_type_unknown,
        dated.occurred_at_text is not null and dated.occurred_at is null
            as is_occurred_at_malformed,

        -- timestamps
        dated.occurred_at,

        -- lineage
        dated._source_file,
        dated._row_number,
        dated._batch_id
    from dated
    left join interaction_types
        on dated.type_key = interaction_types.type_key
)

select * from final
