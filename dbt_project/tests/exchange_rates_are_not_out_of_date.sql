{{ config(severity="warn") }}

-- The last rate of a currency holds until the next one is entered, which
-- somebody may have forgotten: even a yearly one is replaced after 366 days.
with transactions as (
    select * from {{ ref("fct_transactions") }}
),

exchange_rates as (
    select * from {{ ref("exchange_rates") }}
),

-- Rates cross over the dollar, which is one dollar for ever.
rated as (
    select
        transactions.transaction_key,
        transactions.order_date,
        exchange_rates.currency,
        max(exchange_rates.valid_from) as valid_from
    from transactions
    inner join exchange_rates
        on exchange_rates.currency
        in (transactions.currency, '{{ var("reporting_currency") }}')
        and transactions.order_date >= exchange_rates.valid_from
    where
        transactions.is_revenue
        and transactions.currency <> '{{ var("reporting_currency") }}'
        and exchange_rates.currency <> 'USD'
    group by
        transactions.transaction_key,
        transactions.order_date,
        exchange_rates.currency
),

final as (
    select
        currency,
        max(valid_from) as valid_from,
        count(*) as sales,
        max(order_date) as last_order_date
    from rated
    where order_date > valid_from + 400
    group by currency
)

select * from final
