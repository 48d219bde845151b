{{ config(enabled=var("match_probabilistically")) }}

with final as (
    {{ weigh_vectors(
        ref("int_identity__second_vectors"),
        ref("int_identity__second_parameters"),
    ) }}
)

select * from final
