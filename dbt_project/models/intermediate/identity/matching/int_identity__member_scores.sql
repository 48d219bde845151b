{{ config(enabled=var("match_probabilistically")) }}

with final as (
    {{ weigh_pairs(
        ref("int_identity__member_comparisons"),
        ref("int_identity__member_vector_weights"),
        ref("int_identity__value_rarities"),
        ref("int_identity__profile_parameters"),
    ) }}
)

select * from final
