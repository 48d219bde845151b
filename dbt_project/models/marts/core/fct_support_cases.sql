with support_cases as (
    select * from {{ ref("int_support_cases") }}
),

customers as (
    select * from {{ ref("int_identity__customers") }}
),

as_of as (
    select * from {{ ref("int_as_of_date") }}
),

final as (
    select
        -- ids
        support_cases.case_key,
        coalesce(customers.customer_key, {{ unknown_customer_key() }})
            as customer_key,
        support_cases.customer_record_key,
        case
            when support_cases.agent_id is not null
                then {{ dbt_utils.generate_surrogate_key(
                    ["support_cases.agent_id"]
                ) }}
        end as agent_key,
        support_cases.source_case_id,
        support_cases.agent_id,

        -- strings
        support_cases.issue_type,
        support_cases.resolution_status,

        -- booleans
        support_cases.is_resolved,
        {{ has_happened("support_cases.opened_at") }} as has_happened,

        -- dates
        cast(support_cases.opened_at as date) as opened_date,

        -- timestamps
        support_cases.opened_at
    from support_cases
    cross join as_of
    left join customers
        on support_cases.customer_record_key = customers.customer_record_key
)

select * from final
