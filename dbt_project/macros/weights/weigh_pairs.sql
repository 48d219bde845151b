{% macro weigh_pairs(
    comparisons, vector_weights, rarities, parameters, at_least=none
) -%}
    {#- The weight of each pair of `comparisons`: the natural logarithm of the
        odds that it is one person. How rare equal values are counts in the
        classes that are like strangers there. -#}
    {%- set classes = pair_classes() %}

with comparisons as (
    select * from {{ comparisons }}
),

vector_weights as (
    select * from {{ vector_weights }}
),

value_rarities as (
    select * from {{ rarities }}
),

-- fields that are a class's own only where others are there, too
following as (
    select
        {%- for class in classes if class.field_needs %}
        {%- for field in class.field_needs %}
        coalesce(
            bool_or(follows_u) filter (
                where class = '{{ class.class }}' and field = '{{ field }}'
            ),
            false
        ) as {{ class.class }}_{{ field }},
        {%- endfor %}
        {%- endfor %}
        count(*) as parameters
    from {{ parameters }}
),

likely as (
    select
        comparisons.profile_id,
        comparisons.other_profile_id,
        vector_weights.*
    from comparisons
    inner join vector_weights on comparisons.vector = vector_weights.vector
    {%- if at_least is not none %}
    where vector_weights.most_weight >= {{ at_least }}
    {%- endif %}
),

by_class as (
    select
        likely.profile_id,
        likely.other_profile_id,
        likely.vector,
        {%- for class in classes %}
        likely.{{ class.class }}
        {%- for field in matching_fields() %}
        {%- set is_own_there = field in (class.field_needs or {}) %}
        {%- if is_own_there or field not in class.free %}
        + case
            when {{ level_of(field, "likely.vector") }} = 1
                {%- if is_own_there %}
                and following.{{ class.class }}_{{ field }}
                {%- endif %}
                then value_rarities.{{ field }}
            else 0
        end
        {%- endif %}
        {%- endfor %} as {{ class.class }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from likely
    inner join value_rarities on likely.profile_id = value_rarities.profile_id
    cross join following
),

weighed as (
    select
        profile_id,
        other_profile_id,
        vector,
        {{ log_sum_exp(class_names(true)) }}
        - {{ log_sum_exp(class_names(false)) }} as weight
    from by_class
),

final as (
    select *
    from weighed
    {%- if at_least is not none %}
    where weight >= {{ at_least }}
    {%- endif %}
)

select * from final
{%- endmacro %}
