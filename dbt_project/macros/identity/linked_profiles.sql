{% macro linked_profiles(profiles, scores) -%}
    {#- What average linkage needs: every pair inside a component, and each
        profile with itself. #}

with profiles as (
    select * from {{ profiles }}
),

scores as (
    select * from {{ scores }}
),

final as (
    select
        profile_id as node,
        other_profile_id as other_node,
        {{ linkage_weight() }} as weight
    from scores
    union all
    select
        profile_id as node,
        profile_id as other_node,
        cast(null as bigint) as weight
    from profiles
)

select * from final
{%- endmacro %}
