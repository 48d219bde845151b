-- Neither one to one nor as nothing: without a rate of its day an amount in
-- another currency has none in ours, and the sale says why it does not count.
with transactions as (
    select * from {{ ref("fct_transactions") }}
),

exchange_rates as (
    select * from {{ ref("int_money__exchange_rates") }}
),

unrated as (
    select transactions.*
    from transactions
    left join exchange_rates
        on transactions.currency = exchange_rates.currency
        and transactions.ordered_at >= exchange_rates.valid_from
        and transactions.ordered_at < exchange_rates.valid_until
    where
        transactions.currency is distinct from '{{ var("reporting_currency") }}'
        and exchange_rates.rate is null
),

final as (
    select
        transaction_key,
        currency,
        ordered_at,
        gross_amount,
        net_amount,
        revenue,
        exclusion_reason
    from unrated
    where
        gross_amount is not null
        or refund_amount is not null
        or net_amount is not null
        or is_revenue
        or exclusion_reason is null
)

select * from final
