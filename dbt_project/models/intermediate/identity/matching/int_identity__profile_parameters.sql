{{ config(enabled=var("match_probabilistically")) }}

with final as (
    {{ with_shares(
        ref("int_identity__parameters"), ref("int_identity__profile_shares")
    ) }}
)

select * from final
