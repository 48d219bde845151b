{{ config(enabled=var("match_probabilistically")) }}

with final as (
    {{ uncrowded_keys(
        ref("int_identity__key_hashes"),
        ref("int_identity__large_blocks"),
    ) }}
)

select * from final
