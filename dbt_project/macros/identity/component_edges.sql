{% macro component_edges(scores) %}

with scores as (
    select * from {{ scores }}
),

final as (
    select
        profile_id as node,
        other_profile_id as other_node,
        weight
    from scores
)

select * from final
{%- endmacro %}
