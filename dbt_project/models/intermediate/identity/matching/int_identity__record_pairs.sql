{{ config(enabled=var("match_probabilistically")) }}

with final as (
    {{ candidate_pairs(ref("int_identity__record_keys")) }}
)

select * from final
