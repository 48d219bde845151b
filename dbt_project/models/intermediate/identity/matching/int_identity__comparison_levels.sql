{{ config(enabled=var("match_probabilistically")) }}

with levels as (
    {{ comparison_levels() }}
),

vectors as (
    select * from {{ ref("int_identity__vectors") }}
),

final as (
    select
        levels.field,
        levels.position,
        levels.level,
        levels.label,
        levels.most_of_matches,
        coalesce(
            sum(vectors.pairs) filter (where vectors.origin = 'candidate'), 0
        ) as candidate_pairs,
        coalesce(
            sum(vectors.pairs) filter (where vectors.origin = 'unblocked'), 0
        ) as unblocked_pairs
    from levels
    left join vectors
        on levels.level = ((vectors.vector >> (3 * levels.position)) & 7)
    group by
        levels.field,
        levels.position,
        levels.level,
        levels.label,
        levels.most_of_matches
)

select * from final
