{{ config(enabled=var("match_probabilistically")) }}

with final as (
    {{ estimate_shares(
        ref("int_identity__second_vectors"),
        ref("int_identity__second_pair_space"),
        ref("int_identity__parameters"),
        pass=2,
    ) }}
)

select * from final
