{{ config(enabled=var("match_probabilistically")) }}

with final as (
    {{ matching_profiles(ref("int_identity__records")) }}
)

select * from final
