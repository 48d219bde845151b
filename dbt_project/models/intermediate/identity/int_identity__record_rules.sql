{#- The most trusted rule first. -#}
{%- set trust = linking_identifiers() | map(attribute="type") | list -%}

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

ranked as (
    select
        customer_record_key,
        rule,
        row_number() over (
            partition by customer_record_key
            order by
                case rule
                    {%- for type in trust %}
                    when '{{ type }}' then {{ loop.index }}
                    {%- endfor %}
                end
        ) as trust_rank
    from ends
),

final as (
    select
        customer_record_key,
        rule
    from ranked
    where trust_rank = 1
)

select * from final
