{% macro compare_pairs(pairs, profiles) -%}
    {#- Not by a CTE of profiles: one that is read twice, PostgreSQL reads on
        one processor. #}

with pairs as (
    select * from {{ pairs }}
),

final as (
    select
        pairs.profile_id,
        pairs.other_profile_id,
        {{ compared() }} as vector
    from pairs
    inner join {{ profiles }} as this
        on pairs.profile_id = this.profile_id
    inner join {{ profiles }} as other
        on pairs.other_profile_id = other.profile_id
)

select * from final
{%- endmacro %}
