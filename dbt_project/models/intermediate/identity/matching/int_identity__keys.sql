{{ config(enabled=var("match_probabilistically")) }}

with final as (
    {{ uncrowded_keys(ref("int_identity__key_hashes")) }}
)

select * from final
