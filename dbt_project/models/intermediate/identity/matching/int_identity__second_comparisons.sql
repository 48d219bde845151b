{{ config(enabled=var("match_probabilistically")) }}

with comparisons as (
    select * from {{ ref("int_identity__comparisons") }}
),

profiles as (
    select * from {{ ref("int_identity__second_profiles") }}
),

new_comparisons as (
    {{ compare_pairs(
        ref("int_identity__second_pairs"), ref("int_identity__second_profiles")
    ) }}
),

-- two that met nobody are what they were
lone_comparisons as (
    select
        comparisons.profile_id,
        comparisons.other_profile_id,
        comparisons.vector
    from comparisons
    inner join profiles as this
        on comparisons.profile_id = this.profile_id
        and not this.is_merged
    inner join profiles as other
        on comparisons.other_profile_id = other.profile_id
        and not other.is_merged
),

final as (
    select * from new_comparisons
    union all
    select * from lone_comparisons
)

select * from final
