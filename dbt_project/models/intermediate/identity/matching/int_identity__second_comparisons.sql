{{ config(enabled=var("match_probabilistically")) }}

with final as (
    {{ compare_pairs(
        ref("int_identity__second_pairs"), ref("int_identity__second_profiles")
    ) }}
)

select * from final
