{% macro weigh_vectors(vectors, parameters) -%}
    {#- For each distinct vector of `vectors` the logarithm of its probability
        in each class, shares included: null where a class is not in use. Where
        a class follows u, how rare the values are must still be added;
        `most_weight` is what the weight can come to by that. -#}
    {%- set matches = class_names(true) -%}
    {%- set others = class_names(false) %}

with likelihoods as (
    {{ class_likelihoods(vectors, parameters) }}
),

joint as (
    select
        vector,
        class,
        log_share + log_likelihood as log_probability,
        {{ var("most_rarity") }} * equal_fields as leeway
    from likelihoods
),

by_class as (
    select
        vector,
        {%- for class in matches %}
        max(log_probability + leeway) filter (where class = '{{ class }}')
            as {{ class }}_at_best,
        {%- endfor %}
        {%- for class in others %}
        max(log_probability - leeway) filter (where class = '{{ class }}')
            as {{ class }}_at_best,
        {%- endfor %}
        {%- for class in matches + others %}
        max(log_probability) filter (where class = '{{ class }}')
            as {{ class }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from joint
    group by vector
),

final as (
    select
        vector,
        {%- for class in matches + others %}
        {{ class }},
        {%- endfor %}
        {{ log_sum_exp(class_names(true, suffix="_at_best")) }}
        - {{ log_sum_exp(class_names(false, suffix="_at_best")) }}
            as most_weight
    from by_class
)

select * from final
{%- endmacro %}
