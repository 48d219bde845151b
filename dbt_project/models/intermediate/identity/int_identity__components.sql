with components as (
    select * from {{ ref("int_identity__linked_components") }}
),

contested_clusters as (
    select * from {{ ref("int_identity__contested_clusters") }}
),

final as (
    select
        components.node,
        coalesce(contested_clusters.cluster, components.component)
            as component
    from components
    left join contested_clusters on components.node = contested_clusters.node
)

select * from final
