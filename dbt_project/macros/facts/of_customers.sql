{% macro of_customers(facts, happened_at) -%}
    {#- A fact carries the source's record of its customer, never the customer:
        only a mart asks who that is. What has no date may be of any day; what
        is of tomorrow is not yet. -#}
    select
        facts.*,
        coalesce(customers.customer_key, {{ unknown_customer_key() }})
            as customer_key,
        coalesce(
            cast(facts.{{ happened_at }} as date) <= as_of.as_of_date, true
        ) as has_happened
    from {{ facts }} as facts
    cross join {{ ref("int_as_of_date") }} as as_of
    left join {{ ref("int_identity__customers") }} as customers
        on facts.customer_record_key = customers.customer_record_key
{%- endmacro %}
