{{ config(tags=["identity_clusters"]) }}
{%- set fields = comparisons() | map(attribute="field") | list %}

with records as (
    select * from {{ ref("int_identity__records") }}
),

{%- for field in fields %}

{{ field }}_values as (
    select
        {{ field }},
        count(*) as records
    from records
    where {{ field }} is not null
    group by {{ field }}
),

-- How rare a value is beside one that two records drawn at random share.
{{ field }}_rarities as (
    select
        {{ field }},
        least(
            greatest(
                ln(
                    cast(records as double precision)
                    * (sum(records) over () - 1)
                    / nullif(sum(records * (records - 1)) over (), 0)
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
        records.record_id,
        {%- for field in fields %}
        coalesce({{ field }}_rarities.rarity, 0) as {{ field }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from records
    {%- for field in fields %}
    left join {{ field }}_rarities
        on records.{{ field }} = {{ field }}_rarities.{{ field }}
    {%- endfor %}
)

select * from final
