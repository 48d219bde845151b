with source as (
    select * from {{ source("support", "agents") }}
),

versions as (
    select
        *,
        {{ latest_version(
            key=["trim(agent_id)"],
            columns=["name", "department", "shift"],
        ) }} as version_rank
    from source
),

final as (
    select
        -- ids
        trim(agent_id) as agent_id,

        -- strings
        {{ clean_text("name") }} as agent_name,
        {{ clean_text("department") }} as department,
        {{ clean_text("shift") }} as shift,

        -- lineage
        _source_file,
        _row_number,
        _batch_id
    from versions
    where version_rank = 1
)

select * from final
