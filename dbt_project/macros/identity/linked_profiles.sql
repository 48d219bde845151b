{% macro linked_profiles(profiles, scores, forbidden_pairs) -%}
    {#- What average linkage needs: every pair inside a component, and each
        profile with itself. #}

with profiles as (
    select * from {{ profiles }}
),

scores as (
    select * from {{ scores }}
),

forbidden_pairs as (
    select * from {{ forbidden_pairs }}
),

final as (
    select
        scores.profile_id as node,
        scores.other_profile_id as other_node,
        case
            when forbidden_pairs.profile_id is not null
                then {{ forbidding_weight() }}
            else {{ linkage_weight("scores.weight") }}
        end as weight
    from scores
    left join forbidden_pairs
        on scores.profile_id = forbidden_pairs.profile_id
        and scores.other_profile_id = forbidden_pairs.other_profile_id
    union all
    select
        profile_id as node,
        profile_id as other_node,
        cast(null as bigint) as weight
    from profiles
)

select * from final
{%- endmacro %}
