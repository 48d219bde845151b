{{ config(enabled=var("match_probabilistically")) }}

with final as (
    {{ large_blocks(ref("int_identity__record_key_hashes")) }}
)

select * from final
