with rankings as (
    select * from {{ ref("int_golden__rankings") }}
),

field_values as (
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
    from rankings
    where part = '{{ part.part }}' and {{ field }} is not null
    {%- if not (loop.last and is_last_part) %}
    union all
    {%- endif %}
    {%- endfor %}
    {%- endfor %}
),

counts as (
    select
        customer_key,
        field,
        count(*) as telling_records,
        count(distinct lower(field_value)) as distinct_values
    from field_values
    group by customer_key, field
),

-- What the first record leaves open, others fill that say the same of the rest:
-- the postcode of another address would be wrong. Few move from one country to
-- another, and where nobody has the whole of it nothing contradicts.
ranked as (
    select
        *,
        row_number() over (
            partition by customer_key, field
            order by says_the_same desc, part_rank asc
        ) as survivor_rank
    from field_values
    where says_the_same or not is_survivor_whole or field = 'country_code'
),

final as (
    select
        ranked.customer_key,
        ranked.field,
        ranked.field_value,
        ranked.customer_record_key,
        counts.telling_records,
        counts.distinct_values
    from ranked
    inner join counts
        on ranked.customer_key = counts.customer_key
        and ranked.field = counts.field
    where ranked.survivor_rank = 1
)

select * from final
