with movements as (
    select * from {{ ref("stg_loyalty__transactions") }}
),

accounts as (
    select * from {{ ref("stg_loyalty__accounts") }}
),

joined as (
    select
        movements.*,
        accounts.customer_id
    from movements
    left join accounts on movements.loyalty_id = accounts.loyalty_id
),

final as (
    select
        -- ids
        {{ dbt_utils.generate_surrogate_key(["movement_id"]) }} as movement_key,
        loyalty_id,
        -- the programme knows its members by the shop's ids
        {{ key_or_null(["'shop'", "'customers'", "customer_id"]) }}
            as customer_record_key,

        -- strings
        reason,

        -- numerics
        points_change,

        -- timestamps
        occurred_at
    from joined
)

select * from final
