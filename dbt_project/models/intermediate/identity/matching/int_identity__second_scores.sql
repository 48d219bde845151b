{{ config(enabled=var("match_probabilistically")) }}

with final as (
    {{ weigh_pairs(
        ref("int_identity__second_comparisons"),
        ref("int_identity__second_vector_weights"),
        ref("int_identity__second_value_rarities"),
        ref("int_identity__second_parameters"),
        at_least=-1,
    ) }}
)

select * from final
