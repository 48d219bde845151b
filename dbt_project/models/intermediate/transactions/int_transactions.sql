with transactions as (
    {{ union_all(
        models=[
            ref("int_transactions__csv"),
            ref("int_transactions__dealer"),
            ref("int_transactions__insights"),
            ref("int_transactions__online_retail"),
            ref("int_transactions__retail"),
            ref("int_transactions__service"),
            ref("int_transactions__shop"),
            ref("int_transactions__stripe"),
        ],
        columns=[
            "system", "entity", "customer_system", "customer_entity",
            "source_transaction_id", "source_order_id", "source_customer_id",
            "channel", "product_id", "store_id", "campaign", "status",
            "ordered_at", "quantity", "currency", "gross_amount",
            "refund_amount",
        ],
    ) }}
),

exchange_rates as (
    select * from {{ ref("int_money__exchange_rates") }}
),

-- By the rate of the day of the sale.
rated as (
    select
        transactions.*,
        case
            when transactions.currency = '{{ var("reporting_currency") }}'
                then 1
            else exchange_rates.rate
        end as exchange_rate
    from transactions
    left join exchange_rates
        on transactions.currency = exchange_rates.currency
        and transactions.ordered_at >= exchange_rates.valid_from
        and transactions.ordered_at < exchange_rates.valid_until
),

converted as (
    select
        *,
        cast(gross_amount * exchange_rate as numeric(18, 4))
            as reported_gross_amount,
        cast(refund_amount * exchange_rate as numeric(18, 4))
            as reported_refund_amount
    from rated
),

final as (
    select
        -- ids
        {{ dbt_utils.generate_surrogate_key(
            ["system", "entity", "source_transaction_id"]
        ) }} as transaction_key,
        {{ dbt_utils.generate_surrogate_key(
            ["system", "entity", "source_order_id"]
        ) }} as order_key,
        {{ key_or_null(
            ["customer_system", "customer_entity", "source_customer_id"]
        ) }} as customer_record_key,
        system,
        entity,
        source_transaction_id,
        source_order_id,
        product_id,
        store_id,

        -- strings
        channel,
        campaign,
        currency,
        status,

        -- numerics
        quantity,
        gross_amount as charged_amount,
        refund_amount as returned_amount,
        reported_gross_amount as gross_amount,
        reported_refund_amount as refund_amount,
        reported_gross_amount - reported_refund_amount as net_amount,

        -- timestamps
        ordered_at
    from converted
)

select * from final
