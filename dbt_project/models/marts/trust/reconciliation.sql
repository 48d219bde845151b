{#- The mart of each fact. -#}
{%- set marts = [
    ["customers", "bridge_customer_identities", "system"],
    ["transactions", "fct_transactions", "system"],
    ["interactions", "fct_interactions", "system"],
    ["touches", "fct_touches", "'marketing'"],
    ["loyalty_points", "fct_loyalty_points", "'loyalty'"],
    ["support_cases", "fct_support_cases", "'support'"],
] -%}

with checks as (
    select * from {{ ref("int_loads__checks") }}
),

facts as (
    select * from {{ ref("int_loads__facts") }}
),

transactions as (
    select * from {{ ref("fct_transactions") }}
),

orders as (
    select * from {{ ref("fct_orders") }}
),

customer_360 as (
    select * from {{ ref("customer_360") }}
),

fact_rows as (
    select
        system,
        fact,
        sum(fact_rows) as row_count
    from facts
    group by system, fact
),

mart_rows as (
    {%- for fact, mart, system in marts %}
    select
        '{{ fact }}' as fact,
        '{{ mart }}' as mart,
        {{ system }} as system,
        count(*) as row_count
    from {{ ref(mart) }}
    {{ "group by system" if system == "system" else "having count(*) > 0" }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

line_revenue as (
    select
        system,
        sum(revenue) as revenue
    from transactions
    group by system
),

order_revenue as (
    select
        system,
        sum(revenue) as revenue,
        sum(revenue) filter (
            where customer_key = {{ unknown_customer_key() }}
        ) as unknown_revenue
    from orders
    group by system
),

known_revenue as (
    select coalesce(sum(revenue), 0) as revenue from customer_360
),

all_checks as (
    select * from checks
    union all
    select
        4 as step_number,
        'facts to marts' as step,
        coalesce(fact_rows.system, mart_rows.system) as system,
        coalesce(mart_rows.mart, fact_rows.fact) as subject,
        'rows' as measure,
        coalesce(fact_rows.row_count, 0) as amount_in,
        0 as amount_set_aside,
        null as set_aside_as,
        coalesce(mart_rows.row_count, 0) as amount_out,
        0 as tolerance
    from fact_rows
    full outer join mart_rows
        on fact_rows.system = mart_rows.system
        and fact_rows.fact = mart_rows.fact
    union all
    select
        5 as step_number,
        'between marts' as step,
        line_revenue.system,
        'fct_orders' as subject,
        'money' as measure,
        line_revenue.revenue as amount_in,
        0 as amount_set_aside,
        null as set_aside_as,
        coalesce(order_revenue.revenue, 0) as amount_out,
        0 as tolerance
    from line_revenue
    left join order_revenue on line_revenue.system = order_revenue.system
    union all
    select
        5 as step_number,
        'between marts' as step,
        'all' as system,
        'customer_360' as subject,
        'money' as measure,
        coalesce(sum(order_revenue.revenue), 0) as amount_in,
        coalesce(sum(order_revenue.unknown_revenue), 0) as amount_set_aside,
        'of unknown customers' as set_aside_as,
        min(known_revenue.revenue) as amount_out,
        0 as tolerance
    from known_revenue
    left join order_revenue on true
),

final as (
    select
        step_number,
        step,
        system,
        subject,
        measure,
        cast(amount_in as numeric(38, 4)) as amount_in,
        cast(amount_set_aside as numeric(38, 4)) as amount_set_aside,
        set_aside_as,
        cast(amount_out as numeric(38, 4)) as amount_out,
        cast(
            amount_in - amount_set_aside - amount_out as numeric(38, 4)
        ) as difference,
        abs(amount_in - amount_set_aside - amount_out) <= tolerance
            as is_reconciled
    from all_checks
    -- a table that no file came for
    where amount_in <> 0 or amount_out <> 0
)

select * from final
