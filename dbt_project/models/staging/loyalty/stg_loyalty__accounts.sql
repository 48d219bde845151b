with source as (
    select * from {{ source("loyalty", "accounts") }}
),

versions as (
    select
        *,
        {{ latest_version(
            key=["trim(loyalty_id)"],
            columns=["customer_id", "points_earned", "tier_level", "join_date"],
        ) }} as version_rank
    from source
),

cleaned as {{ evaluated_once() }} (
    select
        _source_file,
        _row_number,
        _batch_id,
        trim(loyalty_id) as loyalty_id,
        nullif(trim(customer_id), '') as customer_id,
        {{ clean_text("points_earned") }} as points_balance_text,
        {{ clean_text("tier_level") }} as tier_text,
        {{ clean_text("join_date") }} as joined_at_text
    from versions
    where version_rank = 1
),

parsed as {{ evaluated_once() }} (
    select
        *,
        {{ decimal_or_null("points_balance_text", 12, 2) }} as points_balance,
        {{ timestamp_or_null("joined_at_text", day_first=none) }} as joined_at
    from cleaned
),

final as (
    select
        -- ids
        loyalty_id,
        customer_id,

        -- strings
        {{ sentence_case("tier_text") }} as tier,
        points_balance_text,
        joined_at_text,

        -- numerics
        points_balance,

        -- booleans
        {{ is_malformed("points_balance") }} as is_points_balance_malformed,
        {{ is_malformed("joined_at") }} as is_joined_at_malformed,

        -- timestamps
        joined_at,

        -- lineage
        _source_file,
        _row_number,
        _batch_id
    from parsed
)

select * from final
