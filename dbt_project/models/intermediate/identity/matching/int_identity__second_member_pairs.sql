{{ config(enabled=var("match_probabilistically")) }}

with final as (
    {{ component_pairs(ref("int_identity__second_components")) }}
)

select * from final
