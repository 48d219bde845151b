{{ config(enabled=var("match_probabilistically")) }}

with override_pairs as (
    select * from {{ ref("int_identity__override_pairs") }}
),

components as (
    select * from {{ ref("int_identity__components") }}
),

profiles as (
    select * from {{ ref("int_identity__profiles") }}
),

final as (
    select distinct
        least(this.profile_id, other.profile_id) as profile_id,
        greatest(this.profile_id, other.profile_id) as other_profile_id
    from override_pairs
    inner join components as this_component
        on override_pairs.record_key = this_component.node
    inner join components as other_component
        on override_pairs.other_record_key = other_component.node
    inner join profiles as this
        on this_component.component = this.profile_key
    inner join profiles as other
        on other_component.component = other.profile_key
    where override_pairs.kind = 'never' and this.profile_id <> other.profile_id
)

select * from final
