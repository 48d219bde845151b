{% macro class_likelihoods(vectors, parameters) -%}
    {#- The logarithm of each distinct vector's probability in each class that
        is in use, without the class's share; and the fields that are equal
        where the class follows u. #}

with vectors as (
    select distinct vector from {{ vectors }}
),

parameters as (
    select * from {{ parameters }}
),

levels as (
    {%- for field in matching_fields() %}
    select
        vector,
        '{{ field }}' as field,
        {{ level_of(field) }} as level
    from vectors
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

evidence as (
    select
        levels.vector,
        parameters.class,
        sum(parameters.log_probability) as log_probability,
        count(*) filter (where levels.level = 1 and parameters.follows_u)
            as equal_fields
    from levels
    inner join parameters
        on levels.field = parameters.field and levels.level = parameters.level
    group by levels.vector, parameters.class
),

shares as (
    select
        class,
        log_probability as log_share
    from parameters
    where field is null
),

final as (
    select
        vectors.vector,
        shares.class,
        shares.log_share,
        coalesce(evidence.log_probability, 0) as log_likelihood,
        coalesce(evidence.equal_fields, 0) as equal_fields
    from vectors
    cross join shares
    left join evidence
        on vectors.vector = evidence.vector and shares.class = evidence.class
)

select * from final
{%- endmacro %}
