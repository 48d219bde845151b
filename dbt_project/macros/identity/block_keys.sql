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
