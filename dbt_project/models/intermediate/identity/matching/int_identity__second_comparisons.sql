{{ config(enabled=var("match_probabilistically")) }}

with comparisons as (
    select * from {{ ref("int_identity__comparisons") }}
),

lone as (
    select profile_id
    from {{ ref("int_identity__second_profiles") }}
    where not is_merged
),

new_comparisons as (
    {{ compare_pairs(
        ref("int_identity__second_pairs"), ref("int_identity__second_profiles")
    ) }}
),

-- two that met nobody are what they were
known_comparisons as (
    select
        comparisons.profile_id,
        comparisons.other_profile_id,
        comparisons.vector
    from comparisons
    inner join lone as this on comparisons.profile_id = this.profile_id
    inner join lone as other on comparisons.other_profile_id = other.profile_id
),

final as (
    select * from new_comparisons
    union all
    select * from known_comparisons
)

select * from final
