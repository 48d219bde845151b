{#- The most trusted rule first. -#}
{%- set trust = linking_rules() -%}

with links as (
    select * from {{ ref("int_identity__links") }}
),

ends as (
    select
        record_key as customer_record_key,
        rule
    from links
    union
    select
        other_record_key as customer_record_key,
        rule
    from links
),

ranked as (
    select
        customer_record_key,
        rule,
        case rule
            {%- for type in trust %}
            when '{{ type }}' then {{ loop.index }}
            {%- endfor %}
        end as trust_rank
    from ends
),

ordered as (
    select
        *,
        row_number() over (
            partition by customer_record_key
            order by trust_rank
        ) as rule_number
    from ranked
),

final as (
    select
        customer_record_key,
        max(rule) filter (where rule_number = 1) as rule,
        replace(
            string_agg(rule, ' and ' order by trust_rank) filter (
                where rule <> 'override'
            ), '_', ' '
        ) as evidence
    from ordered
    group by customer_record_key
)

select * from final
