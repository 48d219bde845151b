with health_weights as (
    select * from {{ ref("health_weights") }}
),

final as (
    select sum(weight) as weights
    from health_weights
    having sum(weight) <> 100
)

select * from final
