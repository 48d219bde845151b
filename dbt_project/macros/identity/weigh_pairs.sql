{% macro weigh_pairs(comparisons, vector_weights, rarities, at_least=none) -%}
    {#- The weight of each pair of `comparisons`: the natural logarithm of the
        odds that it is one person. -#}
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
        {%- for field in matching_fields() if field not in class.free %}
        + case
            when {{ level_of(field, "likely.vector") }} = 1
                then value_rarities.{{ field }}
            else 0
        end
        {%- endfor %} as {{ class.class }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from likely
    inner join value_rarities on likely.profile_id = value_rarities.profile_id
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
