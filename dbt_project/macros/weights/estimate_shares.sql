{% macro estimate_shares(vectors, pair_space, parameters, pass) -%}
    {#- The classes' shares of all possible pairs, by EM on them alone: the
        other parameters stay. Pairs that no rule proposed are of the classes
        that they were when the parameters were fitted. Shares that the newest
        fit remembers stay. -#}
    {%- set classes = class_names(true) + class_names(false) -%}
    {%- set rounds = 20 %}

with recursive known as (
    {{ known_statistics("log_share", pass) }}
),

likelihoods as (
    {{ class_likelihoods(vectors, parameters) }}
),

vectors as (
    select
        vector,
        sum(pairs) as pairs
    from {{ vectors }}
    group by vector
),

by_class as {{ evaluated_once() }} (
    select
        cast(max(vectors.pairs) as double precision) as pairs,
        {%- for class in classes %}
        max(likelihoods.log_likelihood) filter (
            where likelihoods.class = '{{ class }}'
        ) as {{ class }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from likelihoods
    inner join vectors on likelihoods.vector = vectors.vector
    group by likelihoods.vector
),

pair_space as (
    select
        possible_pairs,
        possible_pairs - (
            select coalesce(sum(pairs), 0) from vectors
        ) as unseen_pairs
    from {{ pair_space }}
),

unblocked as (
    select
        {%- for class in classes %}
        max(unblocked_share) filter (where class = '{{ class }}')
            as {{ class }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ parameters }}
    where field is null
),

-- each round's shares, in logarithms
estimates as (
    select
        0 as em_round,
        {%- for class in classes %}
        max(log_probability) filter (where class = '{{ class }}')
            as {{ class }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ parameters }}
    where field is null
    having not exists (select 1 from known)
    union all
    select
        estimates.em_round + 1 as em_round,
        {%- for class in classes %}
        case
            when estimates.{{ class }} is not null
                then ln(
                    greatest(
                        expected.{{ class }}
                        + unblocked.{{ class }} * pair_space.unseen_pairs,
                        0.000001
                    ) / greatest(pair_space.possible_pairs, 1)
                )
        end as {{ class }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from estimates
    cross join pair_space
    cross join unblocked
    cross join lateral (
        select
            {%- for class in classes %}
            coalesce(
                sum(pairs * exp(greatest({{ class }} - any_class, -700))), 0
            ) as {{ class }}
            {%- if not loop.last %},{% endif %}
            {%- endfor %}
        from (
            select
                joint.*,
                {{ log_sum_exp(classes) }} as any_class
            from (
                select
                    by_class.pairs,
                    {%- for class in classes %}
                    by_class.{{ class }} + estimates.{{ class }}
                        as {{ class }}
                    {%- if not loop.last %},{% endif %}
                    {%- endfor %}
                from by_class
            ) as joint
        ) as weighed
    ) as expected
    where estimates.em_round < {{ rounds }}
),

final as (
    {%- for class in classes %}
    select
        '{{ class }}' as class,
        {{ class }} as log_share
    from estimates
    where em_round = {{ rounds }} and {{ class }} is not null
    union all
    {%- endfor %}
    select
        subject as class,
        amount as log_share
    from known
)

select * from final
{%- endmacro %}
