{{ config(enabled=var("match_probabilistically")) }}

with final as (
    {{ weigh_pairs(
        ref("int_identity__second_member_comparisons"),
        ref("int_identity__second_member_vector_weights"),
        ref("int_identity__second_value_rarities"),
        ref("int_identity__second_parameters"),
    ) }}
)

select * from final
