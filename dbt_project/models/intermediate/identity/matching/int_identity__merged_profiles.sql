{{ config(enabled=var("match_probabilistically")) }}

with final as (
    {{ matching_profiles(
        ref("int_identity__second_records"),
        all_records=ref("int_identity__records"),
        profile_id="profile_key",
    ) }}
)

select * from final
