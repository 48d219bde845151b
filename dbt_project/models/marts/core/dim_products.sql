with products as (
    select * from {{ ref("int_products") }}
),

final as (
    select
        product_key,
        system,
        product_id,
        product_name,
        category,
        price,
        is_listed
    from products
)

select * from final
