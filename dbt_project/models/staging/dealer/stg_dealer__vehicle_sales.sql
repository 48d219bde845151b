with source as (
    select * from {{ source("dealer", "vehicle_sales") }}
),

versions as (
    select
        *,
        {{ latest_version(
            key=["trim(sale_id)"],
            columns=[
                "customer_id", "vin", "sale_price", "sale_date", "dealer_id",
                "model", "trade_in_vin",
            ],
        ) }} as version_rank
    from source
),

cleaned as {{ evaluated_once() }} (
    select
        _source_file,
        _row_number,
        _batch_id,
        trim(sale_id) as sale_id,
        nullif(trim(customer_id), '') as customer_id,
        nullif(trim(dealer_id), '') as dealer_id,
        {{ vin_text("vin") }} as vin,
        {{ vin_text("trade_in_vin") }} as trade_in_vin,
        {{ clean_text("model") }} as model,
        {{ clean_text("sale_price") }} as price_text,
        {{ clean_text("sale_date") }} as sold_at_text
    from versions
    where version_rank = 1
),

parsed as {{ evaluated_once() }} (
    select
        *,
        {{ decimal_or_null("price_text", 12, 2) }} as price,
        {{ timestamp_or_null("sold_at_text", day_first=none) }} as sold_at
    from cleaned
),

final as (
    select
        -- ids
        sale_id,
        customer_id,
        dealer_id,
        vin,
        trade_in_vin,

        -- strings
        model,
        price_text,
        sold_at_text,

        -- numerics
        price,

        -- booleans
        vin is not null and not {{ is_vin("vin") }} as is_vin_malformed,
        trade_in_vin is not null and not {{ is_vin("trade_in_vin") }}
            as is_trade_in_vin_malformed,
        {{ is_malformed("price") }} as is_price_malformed,
        {{ is_malformed("sold_at") }} as is_sold_at_malformed,

        -- timestamps
        sold_at,

        -- lineage
        _source_file,
        _row_number,
        _batch_id
    from parsed
)

select * from final
