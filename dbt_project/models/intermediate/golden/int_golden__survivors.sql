with field_values as (
    {%- for part in golden_parts() %}
    {%- set is_last_part = loop.last %}
    {%- for field in part.fields %}
    select
        customer_key,
        customer_record_key,
        '{{ field }}' as field,
        {{ field }} as field_value,
        part_rank,
        told = surviving_told as says_the_same,
        is_survivor_whole
    from {{ ref("int_golden__rankings") }}
    where part = '{{ part.part }}' and {{ field }} is not null
    {%- if not (loop.last and is_last_part) %}
    union all
    {%- endif %}
    {%- endfor %}
    {%- endfor %}
),

-- What the first record leaves open, others fill that say the same of the rest:
-- the postcode of another address would be wrong. Few move from one country to
-- another, and where nobody has the whole of it nothing contradicts.
judged as (
    select
        *,
        says_the_same
        or not is_survivor_whole
        or field = 'country_code' as may_survive
    from field_values
),

ranked as (
    select
        *,
        row_number() over (
            partition by customer_key, field
            order by may_survive desc, says_the_same desc, part_rank asc
        ) as survivor_rank,
        first_value(field_value) over (
            partition by customer_key, field
            order by may_survive desc, says_the_same desc, part_rank asc
        ) as surviving_value
    from judged
),

final as (
    select
        customer_key,
        field,
        max(field_value) filter (where survivor_rank = 1) as field_value,
        max(customer_record_key) filter (where survivor_rank = 1)
            as customer_record_key,
        count(*) as telling_records,
        count(*) filter (where lower(field_value) <> lower(surviving_value))
            as differing_records
    from ranked
    group by customer_key, field
    having bool_or(may_survive)
)

select * from final
