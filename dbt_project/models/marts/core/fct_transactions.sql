with transactions as (
    select * from {{ ref("int_transactions") }}
),

customers as (
    select * from {{ ref("int_identity__customers") }}
),

as_of as (
    select * from {{ ref("int_as_of_date") }}
),

joined as (
    select
        transactions.*,
        coalesce(customers.customer_key, {{ unknown_customer_key() }})
            as customer_key,
        case
            when transactions.status <> 'completed'
                then 'status ' || transactions.status
            when
                transactions.net_amount is null
                and transactions.charged_amount is null
                then 'no amount'
            when transactions.ordered_at is null then 'no date'
            when transactions.net_amount is null then 'no exchange rate'
            when cast(transactions.ordered_at as date) > as_of.as_of_date
                then 'after the as-of date'
        end as exclusion_reason
    from transactions
    cross join as_of
    left join customers
        on transactions.customer_record_key = customers.customer_record_key
),

final as (
    select
        -- ids
        transaction_key,
        order_key,
        customer_key,
        customer_record_key,
        case
            when product_id is not null
                then {{ dbt_utils.generate_surrogate_key(
                    ["system", "product_id"]
                ) }}
        end as product_key,
        case
            when store_id is not null
                then {{ dbt_utils.generate_surrogate_key(
                    ["system", "store_id"]
                ) }}
        end as store_key,
        product_id,
        store_id,
        system,
        source_transaction_id,
        source_order_id,

        -- strings
        channel,
        campaign,
        currency,
        status,
        exclusion_reason,

        -- numerics
        quantity,
        charged_amount,
        gross_amount,
        refund_amount,
        net_amount,
        case when exclusion_reason is null then net_amount else 0 end
            as revenue,

        -- booleans
        exclusion_reason is null as is_revenue,

        -- dates
        cast(ordered_at as date) as order_date,

        -- timestamps
        ordered_at
    from joined
)

select * from final
