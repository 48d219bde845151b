{{ config(enabled=var("match_probabilistically")) }}

with final as (
    {{ value_rarities(ref("int_identity__second_profiles")) }}
)

select * from final
