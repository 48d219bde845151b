{#- Each fact, who tells it and when it happened. -#}
{%- set facts = [
    ["customers", "system", "entity", "greatest(created_at, updated_at)"],
    ["transactions", "system", "entity", "ordered_at"],
    ["interactions", "system", "entity", "occurred_at"],
    ["touches", "system", "'touches'", "touched_at"],
    ["loyalty_points", "'loyalty'", "'transactions'", "occurred_at"],
    ["support_cases", "'support'", "'interactions'", "opened_at"],
] -%}
{#- Those that several rows of a source may tell of, or two sources: with how
    many rows do, and whether one is left to another source. -#}
{%- set repeated = {"interactions": ["source_rows", "is_told_again"]} -%}

with customers as (
    select * from {{ ref("int_customer_records") }}
),

transactions as (
    select * from {{ ref("int_transactions") }}
),

interactions as (
    select * from {{ ref("int_interactions__unioned") }}
),

touches as (
    select * from {{ ref("int_marketing_touches") }}
),

loyalty_points as (
    select * from {{ ref("int_loyalty_points") }}
),

support_cases as (
    select * from {{ ref("int_support_cases") }}
),

as_of as (
    select * from {{ ref("int_as_of_date") }}
),

facts as (
    {%- for fact, system, entity, occurred_at in facts %}
    {%- set source_rows, is_set_aside = repeated.get(fact, ["1", "false"]) %}
    select
        '{{ fact }}' as fact,
        {{ system }} as system,
        {{ entity }} as entity,
        customer_record_key,
        {{ occurred_at }} as occurred_at,
        {{ source_rows }} as source_rows,
        {{ is_set_aside }} as is_set_aside,
        {%- if fact == "transactions" %}
        -- one of the two is what the source's amount says: see gross_amount
        greatest(charged_amount, returned_amount) as amount
        {%- else %}
        null as amount
        {%- endif %}
    from {{ fact }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

final as (
    select
        facts.fact,
        facts.system,
        facts.entity,
        count(*) filter (where not facts.is_set_aside) as fact_rows,
        cast(sum(facts.source_rows) as bigint)
        - count(*) filter (where not facts.is_set_aside) as rows_set_aside,
        count(customers.customer_record_key) filter (
            where not facts.is_set_aside
        ) as rows_of_known_customers,
        max(facts.occurred_at) filter (
            where
            not facts.is_set_aside
            and cast(facts.occurred_at as date) <= as_of.as_of_date
        ) as newest_at,
        cast(coalesce(sum(facts.amount), 0) as numeric) as amount
    from facts
    cross join as_of
    left join customers
        on facts.customer_record_key = customers.customer_record_key
    group by facts.fact, facts.system, facts.entity
)

select * from final
