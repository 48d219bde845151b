{% macro uncrowded_keys(keys, large_blocks) -%}
    {#- The blocking keys without those that crowds share. -#}
    {%- set rules = blocking_rules() %}

with
{%- for rule in rules %}

{{ rule.name }}_crowds as (
    select block_key
    from {{ large_blocks }}
    where is_crowded and rule = '{{ rule.name }}'
),
{%- endfor %}

final as (
    select
        keys.profile_id,
        {%- for rule in rules %}
        {%- for column in block_columns(rule) %}
        case
            when {{ column.name }}_crowds.block_key is null
                then keys.{{ column.name }}
        end as {{ column.name }},
        {%- endfor %}
        {%- endfor %}
        keys.source,
        keys.is_new
    from {{ keys }} as keys
    {%- for rule in rules %}
    {%- for column in block_columns(rule) %}
    left join {{ rule.name }}_crowds as {{ column.name }}_crowds
        on keys.{{ column.name }} = {{ column.name }}_crowds.block_key
    {%- endfor %}
    {%- endfor %}
)

select * from final
{%- endmacro %}
