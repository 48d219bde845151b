{{ config(enabled=var("match_probabilistically")) }}

with final as (
    {{ weigh_pairs(
        ref("int_identity__member_comparisons"),
        ref("int_identity__member_vector_weights"),
        ref("int_identity__value_rarities"),
    ) }}
)

select * from final
