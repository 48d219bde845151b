{{ config(enabled=var("match_probabilistically")) }}

with final as (
    {{ large_blocks(ref("int_identity__second_key_hashes"), pass=2) }}
)

select * from final
