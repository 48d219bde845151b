{{ config(enabled=var("match_probabilistically")) }}

with final as (
    {{ candidate_pairs(
        ref("int_identity__record_keys"), ref("int_identity__record_profiles")
    ) }}
)

select * from final
