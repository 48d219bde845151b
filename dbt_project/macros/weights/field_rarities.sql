{% macro field_rarities(profiles, pass) -%}
    {#- How rare values are: those that several profiles share, and any
        other. -#}
    {%- set most = var("most_rarity") %}

with known as (
    {{ known_statistics("rarity", pass) }}
),

{%- for field in matching_fields() %}

{{ field }}_values as (
    select
        {{ value_hash(field) }} as value_hash,
        cast(count(*) as double precision) as profiles
    from {{ profiles }}
    where {{ field }} is not null and not exists (select 1 from known)
    group by {{ value_hash(field) }}
),
{%- endfor %}

field_values as (
    {%- for field in matching_fields() %}
    select
        '{{ field }}' as field,
        value_hash,
        profiles
    from {{ field }}_values
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

totals as (
    select
        field,
        sum(profiles) as profiles,
        sum(profiles * (profiles - 1)) as pairs
    from field_values
    group by field
),

counted as (
    select
        field,
        value_hash,
        profiles
    from field_values
    where profiles > 1
    union all
    select
        field,
        {{ any_other_value() }} as value_hash,
        1 as profiles
    from totals
),

-- The logarithm of how often the value is met beside how often two profiles
-- drawn at random share one.
rarities as (
    select
        counted.field,
        counted.value_hash,
        ln(
            counted.profiles * (totals.profiles - 1) / nullif(totals.pairs, 0)
        ) as rarity
    from counted
    inner join totals on counted.field = totals.field
),

final as (
    select
        field,
        value_hash,
        least(greatest(rarity, -{{ most }}), {{ most }}) as rarity
    from rarities
    union all
    select
        subject as field,
        value_hash,
        amount as rarity
    from known
)

select * from final
{%- endmacro %}
