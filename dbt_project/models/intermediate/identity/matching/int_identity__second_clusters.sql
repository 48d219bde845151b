{{ config(
    materialized="average_linkage",
    threshold=in_millionths(var("match_threshold")),
    enabled=var("match_probabilistically"),
) }}

with final as (
    {{ linked_profiles(
        ref("int_identity__second_profiles"),
        ref("int_identity__second_member_scores"),
        ref("int_identity__second_forbidden_pairs"),
    ) }}
)

select * from final
