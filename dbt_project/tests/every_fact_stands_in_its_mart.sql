-- Also those of customers whom nobody knows: a join must neither lose a row nor
-- tell it twice.
{%- set marts = {
    "int_transactions": "fct_transactions",
    "int_interactions": "fct_interactions",
    "int_marketing_touches": "fct_touches",
    "int_loyalty_points": "fct_loyalty_points",
    "int_support_cases": "fct_support_cases",
} %}
with counts as (
    {%- for fact, mart in marts.items() %}
    select
        '{{ mart }}' as mart,
        (select count(*) from {{ ref(fact) }}) as facts,
        (select count(*) from {{ ref(mart) }}) as rows_in_mart
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

final as (
    select * from counts
    where facts <> rows_in_mart
)

select * from final
