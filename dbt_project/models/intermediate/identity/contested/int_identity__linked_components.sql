{{ config(
    materialized="connected_components",
    max_size=var("max_cluster_size"),
) }}

with record_texts as (
    select * from {{ ref("int_identity__record_texts") }}
),

links as (
    select * from {{ ref("int_identity__links") }}
),

final as (
    select
        record_key as node,
        other_record_key as other_node,
        {{ link_strength() }} as weight
    from links
    union all
    -- a record that nothing links is a component of its own
    select
        customer_record_key as node,
        customer_record_key as other_node,
        cast(null as integer) as weight
    from record_texts
)

select * from final
