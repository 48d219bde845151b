{{ config(enabled=var("match_probabilistically")) }}

with final as (
    {{ value_rarities(
        ref("int_identity__second_profiles"),
        ref("int_identity__second_field_rarities"),
    ) }}
)

select * from final
