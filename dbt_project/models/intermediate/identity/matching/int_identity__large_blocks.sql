{{ config(enabled=var("match_probabilistically")) }}

with final as (
    {{ large_blocks(ref("int_identity__key_hashes"), pass=1) }}
)

select * from final
