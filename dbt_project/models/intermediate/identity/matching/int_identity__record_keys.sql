{{ config(enabled=var("match_probabilistically")) }}

with final as (
    {{ uncrowded_keys(
        ref("int_identity__record_key_hashes"),
        ref("int_identity__record_large_blocks"),
    ) }}
)

select * from final
