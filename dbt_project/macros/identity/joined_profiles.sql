{% macro joined_profiles(clusters, scores) -%}
    {#- Profiles that share a cluster with others: the mean weight of their
        pairs with those, as the linkage adds them up, and the best pair. #}

with clusters as (
    select * from {{ clusters }}
),

scores as (
    select * from {{ scores }}
),

pairs as (
    select
        scores.profile_id,
        scores.other_profile_id,
        scores.vector,
        {{ linkage_weight("scores.weight") }} as weight
    from scores
    inner join clusters as this on scores.profile_id = this.node
    inner join clusters as other
        on scores.other_profile_id = other.node
        and this.cluster = other.cluster
),

ends as (
    select
        profile_id,
        other_profile_id,
        vector,
        weight
    from pairs
    union all
    select
        other_profile_id as profile_id,
        profile_id as other_profile_id,
        vector,
        weight
    from pairs
),

ranked as (
    select
        *,
        row_number() over (
            partition by profile_id
            order by weight desc, other_profile_id asc
        ) as pair_rank
    from ends
),

final as (
    select
        profile_id,
        cast(sum(weight) / (1000000.0 * count(*)) as double precision)
            as score,
        max(vector) filter (where pair_rank = 1) as vector
    from ranked
    group by profile_id
)

select * from final
{%- endmacro %}
