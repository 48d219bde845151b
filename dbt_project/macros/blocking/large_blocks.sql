{% macro large_blocks(keys, pass=none) -%}
    {#- Blocks as large as the largest one that is not passed over, or larger.
        The smallest come first, whatever their rule, until they propose as many
        pairs as can be afforded: `block_pairs` in all, but for each profile no
        more than `max_pairs_per_profile` and no fewer than
        `min_pairs_per_profile`. So pairs grow no faster than profiles, whatever
        the data, and where there are more profiles it is common values that
        are passed over. With a pass, the size that its newest fit remembers
        stays. -#}
    {%- set rules = blocking_rules() -%}
    {%- set largest = var("max_block_size") %}

with
{%- if pass %}

known as (
    {{ known_statistics("largest_block", pass) }}
),
{%- endif %}

blocks as (
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

chosen as (
    {%- if pass %}
    select
        coalesce(
            (select cast(known.amount as bigint) from known),
            affordable.profiles
        ) as profiles
    from affordable
    {%- else %}
    select profiles from affordable
    {%- endif %}
),

final as (
    select
        blocks.rule,
        blocks.block_key,
        blocks.profiles,
        blocks.profiles > least(blocks.cap, chosen.profiles) as is_crowded,
        chosen.profiles as largest_block
    from blocks
    cross join chosen
    where blocks.profiles >= least(blocks.cap, chosen.profiles)
)

select * from final
{%- endmacro %}
