with transactions as (
    {{ union_all(
        models=[
            ref("int_transactions__csv"),
            ref("int_transactions__online_retail"),
        ],
        columns=[
            "system", "entity", "customer_entity", "source_transaction_id",
            "source_order_id", "source_customer_id", "channel", "product_id",
            "store_id", "campaign", "status", "ordered_at", "quantity",
            "gross_amount", "refund_amount",
        ],
    ) }}
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
        case
            when source_customer_id is not null
                then {{ dbt_utils.generate_surrogate_key(
                    ["system", "customer_entity", "source_customer_id"]
                ) }}
        end as customer_record_key,
        system,
        source_transaction_id,
        source_order_id,
        product_id,
        store_id,

        -- strings
        channel,
        campaign,
        status,

        -- numerics
        quantity,
        gross_amount,
        refund_amount,
        gross_amount - refund_amount as net_amount,

        -- timestamps
        ordered_at
    from transactions
)

select * from final
