with movements as (
    {{ latest_occurrences(
        relation=source("loyalty", "transactions"),
        columns=["loyalty_id", "date_time", "points_change", "reason"],
    ) }}
),

cleaned as {{ evaluated_once() }} (
    select
        _source_file,
        _row_number,
        _batch_id,
        {{ dbt_utils.generate_surrogate_key(["fingerprint", "occurrence"]) }}
            as movement_id,
        trim(loyalty_id) as loyalty_id,
        {{ clean_text("reason") }} as reason_text,
        {{ clean_text("date_time") }} as occurred_at_text,
        {{ clean_text("points_change") }} as points_change_text
    from movements
),

parsed as {{ evaluated_once() }} (
    select
        *,
        {{ timestamp_or_null("occurred_at_text", day_first=none) }}
            as occurred_at,
        {{ decimal_or_null("points_change_text", 12, 2) }} as points_change
    from cleaned
),

final as (
    select
        -- ids
        movement_id,
        loyalty_id,

        -- strings
        {{ sentence_case("reason_text") }} as reason,
        occurred_at_text,
        points_change_text,

        -- numerics
        points_change,

        -- booleans
        {{ is_malformed("points_change") }} as is_points_change_malformed,
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
