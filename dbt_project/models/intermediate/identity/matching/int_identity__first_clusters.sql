{{ config(
    materialized="average_linkage",
    threshold=in_millionths(var("match_threshold")),
    enabled=var("match_probabilistically"),
) }}

with final as (
    {{ linked_profiles(
        ref("int_identity__profiles"),
        ref("int_identity__member_scores"),
        ref("int_identity__forbidden_pairs"),
    ) }}
)

select * from final
