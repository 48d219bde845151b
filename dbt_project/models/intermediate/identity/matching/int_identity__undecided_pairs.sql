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

-- A cluster is called by its first record, and a profile by its own.
profile_clusters as (
    select
        profiles.profile_id,
        clusters.cluster
    from profiles
    inner join clusters on profiles.profile_key = clusters.customer_record_key
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
        record_key,
        other_record_key,
        pairs,
        cast(total_weight as double precision) / pairs / 1000000 as mean_weight
    from apart
    where total_weight >= {{ in_millionths(var("review_threshold")) }} * pairs
)

select * from final
