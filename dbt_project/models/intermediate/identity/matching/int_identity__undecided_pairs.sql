{{ config(enabled=var("match_probabilistically")) }}

with scores as (
    select * from {{ ref("int_identity__member_scores") }}
),

profiles as (
    select * from {{ ref("int_identity__profiles") }}
),

clusters as (
    select * from {{ ref("int_identity__clusters") }}
),

forbidden_pairs as (
    select * from {{ ref("int_identity__forbidden_pairs") }}
),

-- A cluster is called by its first record, and a profile by its own.
profile_clusters as (
    select
        profiles.profile_id,
        clusters.cluster
    from profiles
    inner join clusters on profiles.profile_key = clusters.customer_record_key
),

-- What somebody has decided needs nobody's review.
decided as (
    select distinct
        least(this.cluster, other.cluster) as record_key,
        greatest(this.cluster, other.cluster) as other_record_key
    from forbidden_pairs
    inner join profile_clusters as this
        on forbidden_pairs.profile_id = this.profile_id
    inner join profile_clusters as other
        on forbidden_pairs.other_profile_id = other.profile_id
),

apart as (
    select
        least(this.cluster, other.cluster) as record_key,
        greatest(this.cluster, other.cluster) as other_record_key,
        count(*) as pairs,
        sum({{ linkage_weight("scores.weight") }}) as total_weight
    from scores
    inner join profile_clusters as this on scores.profile_id = this.profile_id
    inner join profile_clusters as other
        on scores.other_profile_id = other.profile_id
    where this.cluster <> other.cluster
    group by
        least(this.cluster, other.cluster),
        greatest(this.cluster, other.cluster)
),

final as (
    select
        apart.record_key,
        apart.other_record_key,
        apart.pairs,
        cast(apart.total_weight as double precision) / apart.pairs / 1000000
            as mean_weight
    from apart
    left join decided
        on apart.record_key = decided.record_key
        and apart.other_record_key = decided.other_record_key
    where
        apart.total_weight
        >= {{ in_millionths(var("review_threshold")) }} * apart.pairs
        and decided.record_key is null
)

select * from final
