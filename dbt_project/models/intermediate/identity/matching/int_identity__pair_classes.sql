{{ config(enabled=var("match_probabilistically")) }}

{%- set rows = [] %}
{%- for class in pair_classes() %}
{%- for field in class.free or [none] %}
{%- set needs = class.needs %}
{%- if class.field_needs and field in class.field_needs %}
{%- set needs = class.field_needs[field] %}
{%- endif %}
{%- do rows.append({"class": class, "field": field, "needs": needs}) %}
{%- endfor %}
{%- endfor %}

with comparison_levels as (
    select * from {{ ref("int_identity__comparison_levels") }}
),

classes as (
    {%- for row in rows %}
    select
        {{ loop.index }} as position,
        '{{ row.class.class }}' as class,
        {{ row.class.is_match }} as is_match,
        {{ row.class.is_unblocked or false }} as is_unblocked,
        nullif('{{ row.field or "" }}', '') as field,
        nullif('{{ row.needs[0] | join(",") if row.needs }}', '')
            as needed_fields,
        cast({{ row.needs[1] if row.needs else "null" }} as integer)
            as needed_number
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

compared as (
    select
        field,
        sum(candidate_pairs) as candidate_pairs
    from comparison_levels
    group by field
),

final as (
    select
        classes.*,
        coalesce(compared.candidate_pairs, 0) as candidate_pairs
    from classes
    left join compared on classes.field = compared.field
)

select * from final
