{{ config(enabled=var("match_probabilistically")) }}

with final as (
    {{ field_rarities(ref("int_identity__profiles"), pass=1) }}
)

select * from final
