with vehicles as (
    select * from {{ ref("int_vehicles") }}
),

final as (
    select
        vehicle_key,
        vin,
        model,
        model_year,
        is_vin_malformed
    from vehicles
)

select * from final
