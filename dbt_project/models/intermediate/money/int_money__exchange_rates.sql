with exchange_rates as (
    select * from {{ ref("exchange_rates") }}
),

periods as (
    select
        currency,
        valid_from,
        coalesce(
            lead(valid_from) over (partition by currency order by valid_from),
            cast('9999-12-31' as date)
        ) as valid_until,
        rate_to_usd
    from exchange_rates
),

reporting_periods as (
    select * from periods
    where currency = '{{ var("reporting_currency") }}'
),

final as (
    select
        periods.currency,
        greatest(periods.valid_from, reporting_periods.valid_from)
            as valid_from,
        least(periods.valid_until, reporting_periods.valid_until)
            as valid_until,
        cast(
            periods.rate_to_usd / reporting_periods.rate_to_usd
            as numeric(18, 8)
        ) as rate
    from periods
    inner join reporting_periods
        on periods.valid_from < reporting_periods.valid_until
        and periods.valid_until > reporting_periods.valid_from
    where periods.currency <> reporting_periods.currency
)

select * from final
