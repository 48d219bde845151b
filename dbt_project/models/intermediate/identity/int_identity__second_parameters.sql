{#- The classes' shares anew: clusters are fewer than profiles, and those that
    were easy to tell are one by now. EM on the shares alone. -#}
{%- set classes = pair_classes() | map(attribute="class") | list %}

with recursive comparisons as (
    select * from {{ ref("int_identity__second_comparisons") }}
),

profiles as (
    select * from {{ ref("int_identity__second_profiles") }}
),

parameters as (
    select * from {{ ref("int_identity__parameters") }}
),

vectors as (
    select
        vector,
        count(*) as pairs
    from comparisons
    group by vector
),

levels as (
    {{ vector_levels("vectors") }}
),

evidence as (
    select
        levels.vector,
        parameters.class,
        sum(parameters.log_probability) as log_probability
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

likelihoods as {{ evaluated_once() }} (
    select
        vectors.vector,
        vectors.pairs,
        {%- for class in classes %}
        max(coalesce(evidence.log_probability, 0)) filter (
            where priors.class = '{{ class }}'
        ) as {{ class }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from vectors
    cross join priors
    left join evidence
        on vectors.vector = evidence.vector and priors.class = evidence.class
    group by vectors.vector, vectors.pairs
),

possible as (
    select
        cast(count(*) as double precision) * (count(*) - 1) / 2 as pairs
    from profiles
),

unseen as (
    select possible.pairs - coalesce(sum(vectors.pairs), 0) as pairs
    from possible
    left join vectors on true
    group by possible.pairs
),

rounds as (
    select
        0 as round,
        {%- for class in classes %}
        max(log_probability) filter (where class = '{{ class }}')
            as {{ class }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from priors
    union all
    select
        rounds.round + 1 as round,
        {%- for class in classes %}
        ln(
            greatest(
                shares.{{ class }}
                {%- if class == "stranger" %} + unseen.pairs{% endif %},
                0.000001
            ) / possible.pairs
        ) as {{ class }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from rounds
    cross join possible
    cross join unseen
    cross join lateral (
        select
            {%- for class in classes %}
            sum(
                joint.pairs
                * exp(greatest(joint.{{ class }} - joint.every_class, -700))
            ) as {{ class }}
            {%- if not loop.last %},{% endif %}
            {%- endfor %}
        from (
            select
                summed.*,
                {{ log_sum_exp(classes) }} as every_class
            from (
                select
                    likelihoods.pairs,
                    {%- for class in classes %}
                    likelihoods.{{ class }} + rounds.{{ class }} as {{ class }}
                    {%- if not loop.last %},{% endif %}
                    {%- endfor %}
                from likelihoods
            ) as summed
        ) as joint
    ) as shares
    where rounds.round < 20
),

shares as (
    {%- for class in classes %}
    select
        '{{ class }}' as class,
        {{ class }} as log_probability
    from rounds
    where round = 20
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

final as (
    select
        parameters.class,
        parameters.is_match,
        parameters.field,
        parameters.level,
        case
            when parameters.field is null then shares.log_probability
            else parameters.log_probability
        end as log_probability,
        parameters.follows_u
    from parameters
    inner join shares on parameters.class = shares.class
)

select * from final
