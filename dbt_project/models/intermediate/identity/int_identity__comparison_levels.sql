
with final as (
    {%- for comparison in comparisons() %}
    {%- set position = loop.index0 %}
    {%- set is_last_field = loop.last %}
    {%- for label, condition in comparison.levels %}
    select
        '{{ comparison.field }}' as field,
        {{ position }} as position,
        {{ loop.index }} as level,
        '{{ label }}' as label
    {%- if not (loop.last and is_last_field) %}
    union all
    {%- endif %}
    {%- endfor %}
    {%- endfor %}
)

select * from final
