with source as (
    select * from {{ source("digital", "interactions") }}
),

interaction_types as (
    select * from {{ ref("interaction_types") }}
),

versions as (
    select
        *,
        {{ latest_version(
            key=["trim(interaction_id)"],
            columns=[
                "customer_id", "email", "interaction_type", "interaction_date",
                "campaign",
            ],
        ) }} as version_rank
    from source
),

cleaned as {{ evaluated_once() }} (
    select
        _source_file,
        _row_number,
        _batch_id,
        trim(interaction_id) as interaction_id,
        nullif(trim(customer_id), '') as customer_id,
        {{ email_text("email") }} as email_text,
        {{ clean_text("interaction_type") }} as interaction_type_text,
        {{ clean_text("campaign") }} as campaign_text,
        {{ clean_text("interaction_date") }} as occurred_at_text
    from versions
    where version_rank = 1
),

parsed as {{ evaluated_once() }} (
    select
        *,
        {{ email_or_null("email_text") }} as email,
        {{ letters_only("interaction_type_text") }} as type_key,
        {{ timestamp_or_null("occurred_at_text", day_first=none) }}
            as occurred_at
    from cleaned
),

final as (
    select
        -- ids
        parsed.interaction_id,
        parsed.customer_id,

        -- strings
        parsed.email,
        coalesce(interaction_types.interaction_type, 'other')
            as interaction_type,
        coalesce(interaction_types.channel, 'other') as channel,
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
