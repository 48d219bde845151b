with source as (
    select * from {{ source("retail", "transactions") }}
),

versions as (
    select
        *,
        {{ latest_version(
            key=["trim(transaction_id)"],
            columns=[
                "customer_id", "product_id", "store_id", "quantity",
                "transaction_date",
            ],
        ) }} as version_rank
    from source
),

cleaned as {{ evaluated_once() }} (
    select
        _source_file,
        _row_number,
        _batch_id,
        trim(transaction_id) as transaction_id,
        nullif(trim(customer_id), '') as customer_id,
        nullif(trim(product_id), '') as product_id,
        nullif(trim(store_id), '') as store_id,
        {{ clean_text("quantity") }} as quantity_text,
        {{ clean_text("transaction_date") }} as ordered_at_text
    from versions
    where version_rank = 1
),

parsed as {{ evaluated_once() }} (
    select
        *,
        -- no more digits than a price of as many can be multiplied with
        {{ decimal_or_null("quantity_text", 7, 4) }} as quantity,
        {{ timestamp_or_null("ordered_at_text", day_first=none) }}
            as ordered_at
    from cleaned
),

final as (
    select
        -- ids
        transaction_id,
        customer_id,
        product_id,
        store_id,

        -- strings
        quantity_text,
        ordered_at_text,

        -- numerics
        quantity,

        -- booleans
        {{ is_malformed("quantity") }} as is_quantity_malformed,
        {{ is_malformed("ordered_at") }} as is_ordered_at_malformed,

        -- timestamps
        ordered_at,

        -- lineage
        _source_file,
        _row_number,
        _batch_id
    from parsed
)

select * from final
