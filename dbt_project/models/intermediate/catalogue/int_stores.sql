with shop_stores as (
    select * from {{ ref("stg_shop__stores") }}
),

retail_stores as (
    select * from {{ ref("stg_retail__stores") }}
),

transactions as (
    select * from {{ ref("int_transactions") }}
),

listed as (
    select
        'shop' as system,
        store_id,
        cast(null as text) as store_name,
        location,
        manager,
        open_hours
    from shop_stores
    union all
    select
        'retail' as system,
        store_id,
        store_name,
        location,
        null as manager,
        null as open_hours
    from retail_stores
),

-- Also those that no list has, such as dealers.
sold_in as (
    select
        system,
        store_id
    from transactions
    where store_id is not null
    group by system, store_id
),

final as (
    select
        -- ids
        {{ dbt_utils.generate_surrogate_key(
            [
                "coalesce(listed.system, sold_in.system)",
                "coalesce(listed.store_id, sold_in.store_id)",
            ]
        ) }} as store_key,
        coalesce(listed.system, sold_in.system) as system,
        coalesce(listed.store_id, sold_in.store_id) as store_id,

        -- strings
        coalesce(
            listed.store_name,
            listed.location,
            listed.store_id,
            sold_in.store_id
        ) as store_name,
        listed.location,
        listed.manager,
        listed.open_hours,

        -- booleans
        listed.store_id is not null as is_listed
    from listed
    full outer join sold_in
        on listed.system = sold_in.system
        and listed.store_id = sold_in.store_id
)

select * from final
