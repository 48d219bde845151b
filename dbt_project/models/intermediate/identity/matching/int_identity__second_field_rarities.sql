{{ config(enabled=var("match_probabilistically")) }}

with final as (
    {{ field_rarities(ref("int_identity__second_profiles"), pass=2) }}
)

select * from final
