with ownerships as (
    select * from {{ ref("stg_dealer__vehicle_ownership") }}
),

vehicle_sales as (
    select * from {{ ref("stg_dealer__vehicle_sales") }}
),

service_records as (
    select * from {{ ref("stg_service__records") }}
),

appointments as (
    select * from {{ ref("stg_service__appointments") }}
),

warranty_claims as (
    select * from {{ ref("stg_service__warranty_claims") }}
),

mentions as (
    select
        vin,
        model,
        model_year,
        owned_from as mentioned_at
    from ownerships
    union all
    select
        vin,
        model,
        null as model_year,
        sold_at as mentioned_at
    from vehicle_sales
    union all
    select
        trade_in_vin as vin,
        null as model,
        null as model_year,
        sold_at as mentioned_at
    from vehicle_sales
    union all
    select
        vin,
        null as model,
        null as model_year,
        served_at as mentioned_at
    from service_records
    union all
    select
        vin,
        null as model,
        null as model_year,
        scheduled_at as mentioned_at
    from appointments
    union all
    select
        vin,
        null as model,
        null as model_year,
        claimed_at as mentioned_at
    from warranty_claims
),

-- The last that says what model the vehicle is, if possible with its year.
ranked as (
    select
        *,
        row_number() over (
            partition by vin
            order by
                case
                    when model is null then 3
                    when model_year is null then 2
                    else 1
                end asc,
                mentioned_at desc nulls last,
                model_year desc nulls last,
                model collate "C" asc
        ) as mention_rank
    from mentions
    where vin is not null
),

final as (
    select
        -- ids
        {{ dbt_utils.generate_surrogate_key(["vin"]) }} as vehicle_key,
        vin,

        -- strings
        model,

        -- numerics
        model_year,

        -- booleans
        not {{ is_vin("vin") }} as is_vin_malformed
    from ranked
    where mention_rank = 1
)

select * from final
