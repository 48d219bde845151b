{% macro weigh_vectors(vectors, parameters) -%}
    {#- For each distinct vector of `vectors` the logarithm of its probability
        in each class, priors included: null where a class is not in use. Where
        a class follows u, what is rare must still be added; `most_weight` is
        what the weight can come to by that. -#}
    {%- set classes = pair_classes() -%}
    {%- set matches = classes | selectattr("is_match") | map(attribute="class")
        | list -%}
    {%- set others = classes | rejectattr("is_match") | map(attribute="class")
        | list %}

with vectors as (
    select distinct vector from {{ vectors }}
),

parameters as (
    select * from {{ parameters }}
),

levels as (
    {{ vector_levels("vectors") }}
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

priors as (
    select
        class,
        log_probability
    from parameters
    where field is null
),

joint as (
    select
        vectors.vector,
        priors.class,
        priors.log_probability + coalesce(evidence.log_probability, 0)
            as log_probability,
        {{ var("most_rarity") }} * coalesce(evidence.equal_fields, 0) as leeway
    from vectors
    cross join priors
    left join evidence
        on vectors.vector = evidence.vector and priors.class = evidence.class
),

by_class as (
    select
        vector,
        {%- for class in classes %}
        max(log_probability) filter (where class = '{{ class.class }}')
            as {{ class.class }},
        max(
            log_probability
            {{ "+" if class.is_match else "-" }} leeway
        ) filter (where class = '{{ class.class }}')
            as {{ class.class }}_at_best
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from joint
    group by vector
),

final as (
    select
        vector,
        {%- for class in classes %}
        {{ class.class }},
        {%- endfor %}
        {{ log_sum_exp(at_best(matches)) }}
        - {{ log_sum_exp(at_best(others)) }} as most_weight
    from by_class
)

select * from final
{%- endmacro %}


{% macro at_best(classes) -%}
    {%- set columns = [] -%}
    {%- for class in classes -%}
        {%- do columns.append(class ~ "_at_best") -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}


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
        {{ log_sum_exp(classes | selectattr("is_match")
            | map(attribute="class") | list) }}
        - {{ log_sum_exp(classes | rejectattr("is_match")
            | map(attribute="class") | list) }} as weight
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


{% macro vector_levels(vectors) -%}
    {%- for field in matching_fields() %}
    select
        vector,
        '{{ field }}' as field,
        {{ level_of(field) }} as level
    from {{ vectors }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{%- endmacro %}
