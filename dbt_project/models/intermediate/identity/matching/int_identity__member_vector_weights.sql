{{ config(enabled=var("match_probabilistically")) }}

with final as (
    {{ weigh_vectors(
        ref("int_identity__member_comparisons"),
        ref("int_identity__profile_parameters"),
    ) }}
)

select * from final
