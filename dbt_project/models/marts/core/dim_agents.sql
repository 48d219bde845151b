with agents as (
    select * from {{ ref("int_agents") }}
),

final as (
    select
        agent_key,
        agent_id,
        agent_name,
        department,
        shift,
        is_listed
    from agents
)

select * from final
