{% macro candidate_pairs(keys, profiles) %}

with keys as (
    select * from {{ keys }}
),

{%- if var("identity_link_only") %}

profiles as (
    select * from {{ profiles }}
),
{%- endif %}

final as (
    select distinct
        this.profile_id,
        other.profile_id as other_profile_id
    from keys as this
    inner join keys as other
        on this.block_key = other.block_key
        and this.profile_id < other.profile_id
    {%- if var("identity_link_only") %}
    inner join profiles as this_profile
        on this.profile_id = this_profile.profile_id
    inner join profiles as other_profile
        on other.profile_id = other_profile.profile_id
    where this_profile.source is distinct from other_profile.source
    {%- endif %}
)

select * from final
{%- endmacro %}
