{{ config(enabled=var("match_probabilistically")) }}

with final as (
    {{ compare_pairs(
        ref("int_identity__record_pairs"), ref("int_identity__record_profiles")
    ) }}
)

select * from final
