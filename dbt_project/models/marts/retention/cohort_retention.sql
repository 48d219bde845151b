with customer_sales as (
    select * from {{ ref("customer_sales") }}
),

orders as (
    select * from {{ ref("fct_orders") }}
),

buyers as (
    select
        customer_key,
        as_of_date,
        first_order_date,
        cast(date_trunc('month', first_order_date) as date) as cohort_month
    from customer_sales
    where orders > 0
),

-- The period an order falls in, counted from its customer's first: by the
-- calendar, and by 30 days elapsed.
activity as (
    select distinct
        buyers.customer_key,
        buyers.cohort_month,
        {{ months_between("buyers.cohort_month", "orders.order_date") }}
            as calendar_period,
        (orders.order_date - buyers.first_order_date) / 30 as elapsed_period
    from orders
    inner join buyers on orders.customer_key = buyers.customer_key
    where orders.is_purchase
),

active as (
    select
        'calendar' as period_type,
        cohort_month,
        calendar_period as period_number,
        count(distinct customer_key) as active_customers
    from activity
    group by cohort_month, calendar_period
    union all
    select
        'elapsed' as period_type,
        cohort_month,
        elapsed_period as period_number,
        count(distinct customer_key) as active_customers
    from activity
    group by cohort_month, elapsed_period
),

-- The last period that can be seen of a customer: the current calendar month,
-- and the last 30 days that are over.
last_periods as (
    select
        cohort_month,
        'calendar' as period_type,
        {{ months_between("cohort_month", "as_of_date") }} as last_period
    from buyers
    union all
    select
        cohort_month,
        'elapsed' as period_type,
        (as_of_date - first_order_date + 1) / 30 - 1 as last_period
    from buyers
),

horizons as (
    select
        period_type,
        cohort_month,
        last_period,
        count(*) as customers
    from last_periods
    group by period_type, cohort_month, last_period
),

periods as (
    select
        period_type,
        generate_series(0, max(last_period)) as period_number
    from horizons
    group by period_type
),

cohorts as (
    select
        horizons.period_type,
        horizons.cohort_month,
        periods.period_number,
        cast(sum(horizons.customers) as bigint) as cohort_size,
        cast(
            sum(
                case
                    when horizons.last_period >= periods.period_number
                        then horizons.customers
                    else 0
                end
            ) as bigint
        ) as observed_customers
    from horizons
    inner join periods on horizons.period_type = periods.period_type
    group by
        horizons.period_type, horizons.cohort_month, periods.period_number
),

final as (
    select
        cohorts.period_type,
        cohorts.cohort_month,
        cohorts.period_number,
        cohorts.cohort_size,
        cohorts.observed_customers,
        -- nobody came back is a zero; not yet over is a null
        case
            when cohorts.observed_customers = cohorts.cohort_size
                then coalesce(active.active_customers, 0)
        end as active_customers,
        case
            when cohorts.observed_customers = cohorts.cohort_size
                then round(
                    coalesce(active.active_customers, 0)
                    / cast(cohorts.cohort_size as numeric),
                    6
                )
        end as retention_rate
    from cohorts
    left join active
        on cohorts.period_type = active.period_type
        and cohorts.cohort_month = active.cohort_month
        and cohorts.period_number = active.period_number
)

select * from final
