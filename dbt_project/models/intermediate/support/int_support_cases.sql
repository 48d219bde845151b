with interactions as (
    select * from {{ ref("stg_support__interactions") }}
),

final as (
    select
        -- ids
        {{ dbt_utils.generate_surrogate_key(["interaction_id"]) }} as case_key,
        interaction_id as source_case_id,
        -- customer service knows customers by the shop's ids
        {{ key_or_null(["'shop'", "'customers'", "customer_id"]) }}
            as customer_record_key,
        agent_id,

        -- strings
        issue_type,
        resolution_status,

        -- booleans
        resolution_status = 'resolved' as is_resolved,

        -- timestamps
        opened_at
    from interactions
)

select * from final
