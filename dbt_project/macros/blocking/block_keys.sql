{% macro block_keys(profiles) %}

with profiles as (
    select * from {{ profiles }}
),

final as (
    select
        profile_id,
        {%- for rule in blocking_rules() %}
        {%- for column in block_columns(rule) %}
        {{ key_hash(rule.name, column.parts) }} as {{ column.name }},
        {%- endfor %}
        {%- endfor %}
        source,
        true as is_new
    from profiles
)

select * from final
{%- endmacro %}
