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
    union all
    select
        other_record_key as customer_record_key,
        rule
    from links
),

linked as (
    select
        {%- for rule in trust %}
        bool_or(rule = '{{ rule }}') as by_{{ rule }},
        {%- endfor %}
        customer_record_key
    from ends
    group by customer_record_key
),

final as (
    select
        customer_record_key,
        case
            {%- for rule in trust %}
            when by_{{ rule }} then '{{ rule }}'
            {%- endfor %}
        end as rule,
        nullif(
            concat_ws(
                ' and ',
                {%- for rule in trust if rule != "override" %}
                case
                    when by_{{ rule }}
                        then '{{ rule | replace("_", " ") }}'
                end,
                {%- endfor %}
                null
            ),
            ''
        ) as evidence
    from linked
)

select * from final
