{{ config(enabled=var("match_probabilistically")) }}

with final as (
    {{ matching_profiles(ref("int_identity__single_records")) }}
)

select * from final
