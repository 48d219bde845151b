{% macro value_rarities(profiles, rarities) -%}
{%- set fields = matching_fields() %}

with
{%- for field in fields %}

{{ field }}_rarities as (
    select
        value_hash,
        rarity
    from {{ rarities }}
    where field = '{{ field }}'
),
{%- endfor %}

unshared as (
    select
        {%- for field in fields %}
        max(rarity) filter (where field = '{{ field }}') as {{ field }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ rarities }}
    where value_hash = {{ any_other_value() }}
),

final as (
    select
        profiles.profile_id,
        {%- for field in fields %}
        case
            when profiles.{{ field }} is not null
                then coalesce(
                    {{ field }}_rarities.rarity, unshared.{{ field }}, 0
                )
            else 0
        end as {{ field }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ profiles }} as profiles
    cross join unshared
    {%- for field in fields %}
    left join {{ field }}_rarities
        on {{ value_hash("profiles." ~ field) }}
        = {{ field }}_rarities.value_hash
    {%- endfor %}
)

select * from final
{%- endmacro %}
