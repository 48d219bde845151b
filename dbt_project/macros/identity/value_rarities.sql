{% macro value_rarities(profiles) -%}
{%- set fields = matching_fields() %}

with
{%- for field in fields %}

{{ field }}_values as (
    select
        {{ field }},
        cast(count(*) as double precision) as profiles
    from {{ profiles }}
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
    from {{ profiles }} as profiles
    {%- for field in fields %}
    left join {{ field }}_rarities
        on profiles.{{ field }} = {{ field }}_rarities.{{ field }}
    {%- endfor %}
)

select * from final
{%- endmacro %}
