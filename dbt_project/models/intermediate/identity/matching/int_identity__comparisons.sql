{{ config(enabled=var("match_probabilistically")) }}

with final as (
    {{ compare_pairs(
        ref("int_identity__pairs"), ref("int_identity__profiles")
    ) }}
)

select * from final
