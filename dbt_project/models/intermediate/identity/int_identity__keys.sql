{{ config(tags=["identity_candidates"]) }}

with records as (
    select * from {{ ref("int_identity__records") }}
),

keys as (
    {%- for rule in blocking_rules() %}
    select
        record_id,
        {{ rule.cap or var("max_block_size") }} as max_block_size,
        {{ key_hash(rule.hashed_as or rule.name, rule.parts) }} as block_key
    from records
    where
        {%- for part in rule.parts %}
        {{ part }} is not null{% if not loop.last %} and{% endif %}
        {%- endfor %}
    {%- if not loop.last %}
    union
    {%- endif %}
    {%- endfor %}
),

counted as (
    select
        *,
        count(*) over (partition by block_key) as block_size
    from keys
),

final as (
    select
        record_id,
        block_key
    from counted
    where block_size between 2 and max_block_size
)

select * from final
