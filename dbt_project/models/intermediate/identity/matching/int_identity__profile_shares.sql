{{ config(enabled=var("match_probabilistically")) }}

with final as (
    {{ estimate_shares(
        ref("int_identity__profile_vectors"),
        ref("int_identity__profile_pair_space"),
        ref("int_identity__parameters"),
        pass=1,
    ) }}
)

select * from final
