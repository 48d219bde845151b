{{ config(enabled=var("match_probabilistically")) }}

with final as (
    {{ possible_pairs(ref("int_identity__second_profiles")) }}
)

select * from final
