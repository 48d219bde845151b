with contradictions as (
    select * from {{ ref("int_identity__contradictions") }}
),

components as (
    select * from {{ ref("int_identity__linked_components") }}
),

contested as (
    select distinct component
    from contradictions
),

final as (
    select
        components.node as customer_record_key,
        components.component
    from components
    inner join contested on components.component = contested.component
)

select * from final
