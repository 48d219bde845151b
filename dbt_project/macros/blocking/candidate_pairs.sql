{% macro candidate_pairs(keys) -%}
    {#- The pairs of which one profile at least is new; a pair comes from the
        first rule that it agrees on. -#}
    {%- set meetings = block_meetings() %}

with final as (
    {%- for column, other_column in meetings %}
    select
        least(this.profile_id, other.profile_id) as profile_id,
        greatest(this.profile_id, other.profile_id) as other_profile_id
    from {{ keys }} as this
    inner join {{ keys }} as other
        on this.{{ column }} = other.{{ other_column }}
        and (this.profile_id < other.profile_id or not other.is_new)
    where
        this.is_new
        {%- for earlier, other_earlier in meetings[:loop.index0] %}
        and (this.{{ earlier }} = other.{{ other_earlier }}) is not true
        {%- endfor %}
        {%- if var("identity_link_only") %}
        and this.source is distinct from other.source
        {%- endif %}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select * from final
{%- endmacro %}
