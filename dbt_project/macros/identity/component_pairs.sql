{% macro component_pairs(components) %}

with final as (
    select
        this.node as profile_id,
        other.node as other_profile_id
    from {{ components }} as this
    inner join {{ components }} as other
        on this.component = other.component and this.node < other.node
)

select * from final
{%- endmacro %}
