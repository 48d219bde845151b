with agents as (
    select * from {{ ref("stg_support__agents") }}
),

interactions as (
    select * from {{ ref("stg_support__interactions") }}
),

-- Also those who took a case and stand in no list.
working as (
    select agent_id from interactions
    where agent_id is not null
    group by agent_id
),

final as (
    select
        -- ids
        {{ dbt_utils.generate_surrogate_key(
            ["coalesce(agents.agent_id, working.agent_id)"]
        ) }} as agent_key,
        coalesce(agents.agent_id, working.agent_id) as agent_id,

        -- strings
        agents.agent_name,
        agents.department,
        agents.shift,

        -- booleans
        agents.agent_id is not null as is_listed
    from agents
    full outer join working on agents.agent_id = working.agent_id
)

select * from final
