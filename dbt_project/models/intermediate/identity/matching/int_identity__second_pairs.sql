{{ config(enabled=var("match_probabilistically")) }}

with final as (
    {{ candidate_pairs(ref("int_identity__second_keys")) }}
)

select * from final
