{{ config(enabled=var("match_probabilistically")) }}

with final as (
    {{ value_rarities(
        ref("int_identity__profiles"),
        ref("int_identity__field_rarities"),
    ) }}
)

select * from final
