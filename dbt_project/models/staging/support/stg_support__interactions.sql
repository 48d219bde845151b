with source as (
    select * from {{ source("support", "interactions") }}
),

resolution_statuses as (
    select * from {{ ref("resolution_statuses") }}
),

versions as (
    select
        *,
        {{ latest_version(
            key=["trim(interaction_id)"],
            columns=[
                "customer_id", "date_time", "agent_id", "issue_type",
                "resolution_status",
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
        nullif(trim(agent_id), '') as agent_id,
        {{ clean_text("issue_type") }} as issue_type_text,
        {{ clean_text("resolution_status") }} as resolution_status_text,
        {{ clean_text("date_time") }} as opened_at_text
    from versions
    where version_rank = 1
),

parsed as {{ evaluated_once() }} (
    select
        *,
        {{ letters_only("resolution_status_text") }} as status_key,
        {{ timestamp_or_null("opened_at_text", day_first=none) }} as opened_at
    from cleaned
),

final as (
    select
        -- ids
        parsed.interaction_id,
        parsed.customer_id,
        parsed.agent_id,

        -- strings
        {{ sentence_case("parsed.issue_type_text") }} as issue_type,
        coalesce(resolution_statuses.resolution_status, 'unknown')
            as resolution_status,
        parsed.resolution_status_text,
        parsed.opened_at_text,

        -- booleans
        {{ is_malformed("parsed.opened_at") }} as is_opened_at_malformed,

        -- timestamps
        parsed.opened_at,

        -- lineage
        parsed._source_file,
        parsed._row_number,
        parsed._batch_id
    from parsed
    left join resolution_statuses
        on parsed.status_key = resolution_statuses.status_key
)

select * from final
