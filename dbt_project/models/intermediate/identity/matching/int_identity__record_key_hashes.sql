{{ config(enabled=var("match_probabilistically")) }}

with final as (
    {{ block_keys(ref("int_identity__record_profiles")) }}
)

select * from final
