with movements as (
    select * from {{ ref("stg_loyalty__transactions") }}
),

accounts as (
    select * from {{ ref("stg_loyalty__accounts") }}
),

final as (
    select
        -- ids
        {{ dbt_utils.generate_surrogate_key(["movements.movement_id"]) }}
            as movement_key,
        movements.loyalty_id,
        -- the programme knows its members by the shop's ids
        case
            when accounts.customer_id is not null
                then {{ dbt_utils.generate_surrogate_key(
                    ["'shop'", "'customers'", "accounts.customer_id"]
                ) }}
        end as customer_record_key,

        -- strings
        movements.reason,

        -- numerics
        movements.points_change,

        -- timestamps
        movements.occurred_at
    from movements
    left join accounts on movements.loyalty_id = accounts.loyalty_id
)

select * from final
