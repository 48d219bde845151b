{{ config(
    materialized="connected_components",
    max_size=150,
    enabled=var("match_probabilistically"),
) }}

with final as (
    {{ component_edges(ref("int_identity__second_scores")) }}
)

select * from final
