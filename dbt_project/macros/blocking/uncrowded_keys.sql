{% macro uncrowded_keys(keys) -%}
    {#- The blocking keys without those of large blocks. The smallest blocks
        come first, whatever their rule, until they propose as many pairs as
        can be afforded: `block_pairs` in all, but for each profile no more than
        `max_pairs_per_profile` and no fewer than `min_pairs_per_profile`. So
        pairs grow no faster than profiles, whatever the data, and where there
        are more profiles it is common values that are passed over. -#}
    {%- set rules = blocking_rules() -%}
    {%- set largest = var("max_block_size") %}

with blocks as (
    {%- for rule in rules %}
    {%- set columns = block_columns(rule) %}
    select
        '{{ rule.name }}' as rule,
        block_key,
        count(*) as profiles,
        {{ [rule.cap or largest, largest] | min }} as cap
    from (
        {%- for column in columns %}
        select {{ column.name }} as block_key
        from {{ keys }}
        where {{ column.name }} is not null
        {%- if not loop.last %}
        union all
        {%- endif %}
        {%- endfor %}
    ) as {{ rule.name }}_keys
    group by block_key
    having count(*) > 1
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

sizes as (
    select
        profiles,
        sum(profiles * (profiles - 1) / 2) as pairs
    from blocks
    where profiles <= cap
    group by profiles
),

budgets as (
    select
        profiles,
        sum(pairs) over (order by profiles) as pairs_so_far
    from sizes
),

counted as (
    select count(*) as profiles
    from {{ keys }}
),

affordable as (
    select coalesce(max(budgets.profiles), 1) as profiles
    from budgets
    cross join counted
    where
        budgets.pairs_so_far <= least(
            {{ var("max_pairs_per_profile") }} * counted.profiles,
            greatest(
                {{ var("min_pairs_per_profile") }} * counted.profiles,
                {{ var("block_pairs") }}
            )
        )
),

crowds as (
    select
        blocks.rule,
        blocks.block_key
    from blocks
    cross join affordable
    where blocks.profiles > least(blocks.cap, affordable.profiles)
),

{%- for rule in rules %}

{{ rule.name }}_crowds as (
    select block_key from crowds where rule = '{{ rule.name }}'
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
