{{ config(enabled=var("match_probabilistically")) }}

with possible as (
    {{ possible_pairs(ref("int_identity__record_profiles")) }}
),

final as (
    select
        profiles,
        possible_pairs,
        '{{ identity_definitions() }}' as definitions
    from possible
)

select * from final
