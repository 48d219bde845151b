with source as (
    select * from {{ source("shop", "products") }}
),

versions as (
    select
        *,
        {{ latest_version(
            key=["trim(product_id)"],
            columns=["name", "category", "price"],
        ) }} as version_rank
    from source
),

cleaned as {{ evaluated_once() }} (
    select
        _source_file,
        _row_number,
        _batch_id,
        trim(product_id) as product_id,
        {{ clean_text("name") }} as product_name,
        {{ clean_text("category") }} as category,
        {{ clean_text("price") }} as price_text
    from versions
    where version_rank = 1
),

parsed as {{ evaluated_once() }} (
    select
        *,
        {{ decimal_or_null("price_text", 12, 2) }} as price
    from cleaned
),

final as (
    select
        -- ids
        product_id,

        -- strings
        product_name,
        category,
        price_text,

        -- numerics
        price,

        -- booleans
        {{ is_malformed("price") }} as is_price_malformed,

        -- lineage
        _source_file,
        _row_number,
        _batch_id
    from parsed
)

select * from final
