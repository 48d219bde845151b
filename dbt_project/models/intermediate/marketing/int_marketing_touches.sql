with touches as (
    select * from {{ ref("stg_marketing__touches") }}
),

final as (
    select
        -- ids
        {{ dbt_utils.generate_surrogate_key(["'marketing'", "touch_id"]) }}
            as touch_key,
        'marketing' as system,
        touch_id as source_touch_id,
        {{ key_or_null([
            "'marketing'",
            "'touches'",
            user_record_id("user_id", "email"),
        ]) }} as customer_record_key,

        -- strings
        source,
        medium,
        campaign,

        -- numerics
        cost,

        -- timestamps
        touched_at
    from touches
)

select * from final
