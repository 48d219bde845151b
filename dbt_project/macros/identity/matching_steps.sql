{% macro block_keys(profiles) %}

with profiles as (
    select * from {{ profiles }}
),

keys as (
    {%- for rule in blocking_rules() %}
    select
        profile_id,
        {{ rule.cap or var("max_block_size") }} as max_block_size,
        {{ key_hash(rule.hashed_as or rule.name, rule.parts) }} as block_key
    from profiles
    where
        {%- for part in rule.parts %}
        {{ part }} is not null{% if not loop.last %} and{% endif %}
        {%- endfor %}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

blocks as (
    select block_key
    from keys
    group by block_key
    having count(*) between 2 and min(max_block_size)
),

final as (
    select distinct
        keys.profile_id,
        keys.block_key
    from keys
    inner join blocks on keys.block_key = blocks.block_key
)

select * from final
{%- endmacro %}


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


{% macro compare_pairs(pairs, profiles) %}

with pairs as (
    select * from {{ pairs }}
),

profiles as (
    select * from {{ profiles }}
),

final as (
    select
        pairs.profile_id,
        pairs.other_profile_id,
        {{ compared() }} as vector
    from pairs
    inner join profiles as this on pairs.profile_id = this.profile_id
    inner join profiles as other on pairs.other_profile_id = other.profile_id
)

select * from final
{%- endmacro %}


{% macro value_rarities(profiles) %}
{%- set fields = matching_fields() %}

with profiles as (
    select * from {{ profiles }}
),

{%- for field in fields %}

{{ field }}_values as (
    select
        {{ field }},
        cast(count(*) as double precision) as profiles
    from profiles
    where {{ field }} is not null
    group by {{ field }}
),

-- The logarithm of how often the value is met beside how often two profiles
-- drawn at random share one.
{{ field }}_rarities as (
    select
        {{ field }},
        least(
            greatest(
                ln(
                    profiles * (sum(profiles) over () - 1)
                    / nullif(sum(profiles * (profiles - 1)) over (), 0)
                ),
                -3
            ),
            3
        ) as rarity
    from {{ field }}_values
),
{%- endfor %}

final as (
    select
        profiles.profile_id,
        {%- for field in fields %}
        coalesce({{ field }}_rarities.rarity, 0) as {{ field }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from profiles
    {%- for field in fields %}
    left join {{ field }}_rarities
        on profiles.{{ field }} = {{ field }}_rarities.{{ field }}
    {%- endfor %}
)

select * from final
{%- endmacro %}


{% macro linked_profiles(profiles, scores) -%}
    {#- What average linkage needs: every pair inside a component, and each
        profile with itself. Beyond certain either way counts as certain, and
        whole millionths add up to the same in any order. #}

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
        cast(
            round(
                1000000 * least(
                    greatest(weight, -{{ var("certain_weight") }}),
                    {{ var("certain_weight") }}
                )
            ) as bigint
        ) as weight
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


{% macro component_pairs(components) %}

with components as (
    select * from {{ components }}
),

final as (
    select
        this.node as profile_id,
        other.node as other_profile_id
    from components as this
    inner join components as other
        on this.component = other.component and this.node < other.node
)

select * from final
{%- endmacro %}
