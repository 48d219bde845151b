with shop_products as (
    select * from {{ ref("stg_shop__products") }}
),

retail_products as (
    select * from {{ ref("stg_retail__products") }}
),

sessions as (
    select * from {{ ref("stg_insights__sessions") }}
),

purchases as (
    select * from {{ ref("stg_insights__purchases") }}
),

invoice_lines as (
    select * from {{ ref("stg_online_retail__invoice_lines") }}
),

transactions as (
    select * from {{ ref("int_transactions") }}
),

-- Two systems keep a list; others describe a product whenever they sell it.
descriptions as (
    select
        'shop' as system,
        product_id,
        product_name,
        category,
        price,
        true as is_listed,
        cast(null as timestamp) as described_at
    from shop_products
    union all
    select
        'retail' as system,
        product_id,
        product_name,
        category,
        price,
        true as is_listed,
        null as described_at
    from retail_products
    union all
    select
        'insights' as system,
        product as product_id,
        product as product_name,
        category,
        price,
        false as is_listed,
        started_at as described_at
    from sessions
    where product is not null
    union all
    select
        'insights' as system,
        product as product_id,
        product as product_name,
        category,
        null as price,
        false as is_listed,
        null as described_at
    from purchases
    where product is not null
    union all
    select
        'online_retail' as system,
        stock_code as product_id,
        description as product_name,
        null as category,
        null as price,
        false as is_listed,
        invoiced_at as described_at
    from invoice_lines
    where stock_code is not null and description is not null
),

ranked as (
    select
        *,
        row_number() over (
            partition by system, product_id
            order by
                described_at desc nulls last,
                product_name collate "C" asc,
                category collate "C" asc,
                price asc
        ) as description_rank
    from descriptions
),

described as (
    select * from ranked
    where description_rank = 1
),

-- Also what was sold under a name that nothing describes.
sold as (
    select
        system,
        product_id
    from transactions
    where product_id is not null
    group by system, product_id
),

final as (
    select
        -- ids
        {{ dbt_utils.generate_surrogate_key(
            [
                "coalesce(described.system, sold.system)",
                "coalesce(described.product_id, sold.product_id)",
            ]
        ) }} as product_key,
        coalesce(described.system, sold.system) as system,
        coalesce(described.product_id, sold.product_id) as product_id,

        -- strings
        coalesce(
            described.product_name, described.product_id, sold.product_id
        ) as product_name,
        described.category,

        -- numerics
        described.price,

        -- booleans
        coalesce(described.is_listed, false) as is_listed
    from described
    full outer join sold
        on described.system = sold.system
        and described.product_id = sold.product_id
)

select * from final
