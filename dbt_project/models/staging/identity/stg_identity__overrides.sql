with source as (
    select * from {{ source("identity", "identity_overrides") }}
),

final as (
    select
        -- ids
        override_id,
        {{ dbt_utils.generate_surrogate_key(
            ["system", "entity", "source_record_id"]
        ) }} as record_key,
        {{ dbt_utils.generate_surrogate_key(
            ["other_system", "other_entity", "other_source_record_id"]
        ) }} as other_record_key,

        -- strings
        kind,
        reason,
        created_by,

        -- booleans
        undone_at is not null as is_undone
    from source
)

select * from final
