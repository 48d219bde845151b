with transactions as (
    select * from {{ ref("int_transactions") }}
),

customer_records as (
    select * from {{ ref("int_customer_records") }}
),

events as (
    select max(ordered_at) as happened_at from transactions
    union all
    select max(updated_at) as happened_at from customer_records
),

final as (
    select
        {% if var("as_of_date") -%}
        cast('{{ var("as_of_date") }}' as date) as as_of_date
        {%- else -%}
        cast(max(happened_at) as date) as as_of_date
        {%- endif %}
    from events
)

select * from final
