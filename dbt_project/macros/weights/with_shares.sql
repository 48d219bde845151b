{% macro with_shares(parameters, shares) -%}
    {#- The parameters with the classes' shares of other pairs. #}

with parameters as (
    select * from {{ parameters }}
),

shares as (
    select * from {{ shares }}
),

final as (
    select
        parameters.parameter_key,
        parameters.class,
        parameters.is_match,
        parameters.field,
        parameters.level,
        case
            when parameters.field is null then shares.log_share
            else parameters.log_probability
        end as log_probability,
        parameters.follows_u,
        parameters.unblocked_share
    from parameters
    inner join shares on parameters.class = shares.class
)

select * from final
{%- endmacro %}
