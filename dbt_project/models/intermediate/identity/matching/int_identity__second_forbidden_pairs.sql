{{ config(enabled=var("match_probabilistically")) }}

with forbidden_pairs as (
    select * from {{ ref("int_identity__forbidden_pairs") }}
),

clusters as (
    select * from {{ ref("int_identity__first_clusters") }}
),

final as (
    select distinct
        least(this.cluster, other.cluster) as profile_id,
        greatest(this.cluster, other.cluster) as other_profile_id
    from forbidden_pairs
    inner join clusters as this on forbidden_pairs.profile_id = this.node
    inner join clusters as other
        on forbidden_pairs.other_profile_id = other.node
    where this.cluster <> other.cluster
)

select * from final
