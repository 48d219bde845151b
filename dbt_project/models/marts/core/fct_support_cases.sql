with support_cases as (
    {{ of_customers(ref("int_support_cases"), happened_at="opened_at") }}
),

final as (
    select
        -- ids
        case_key,
        customer_key,
        customer_record_key,
        {{ key_or_null(["agent_id"]) }} as agent_key,
        source_case_id,
        agent_id,

        -- strings
        issue_type,
        resolution_status,

        -- booleans
        is_resolved,
        has_happened,

        -- dates
        cast(opened_at as date) as opened_date,

        -- timestamps
        opened_at
    from support_cases
)

select * from final
