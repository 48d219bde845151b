{{ config(enabled=var("match_probabilistically")) }}

with final as (
    {{ weigh_pairs(
        ref("int_identity__comparisons"),
        ref("int_identity__vector_weights"),
        ref("int_identity__value_rarities"),
        ref("int_identity__profile_parameters"),
        at_least=-1,
    ) }}
)

select * from final
