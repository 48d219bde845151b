with customer_sales as (
    select * from {{ ref("customer_sales") }}
),

health_weights as (
    select * from {{ ref("health_weights") }}
),

health_bands as (
    select * from {{ ref("health_bands") }}
),

buyers as (
    select * from customer_sales
    where orders > 0
),

weights as (
    select
        max(weight) filter (where component = 'recency') as recency,
        max(weight) filter (where component = 'frequency') as frequency,
        max(weight) filter (where component = 'monetary') as monetary,
        max(weight) filter (where component = 'tenure') as tenure,
        max(weight) filter (where component = 'fulfilment') as fulfilment
    from health_weights
),

-- Half of full marks goes to the customer in the middle, so that a score means
-- the same to a shop that sells weekly and to one that sells yearly.
medians as (
    select
        percentile_cont(0.5) within group (order by days_since_last_order)
            as days_since_last_order,
        percentile_cont(0.5) within group (order by orders) as orders,
        percentile_cont(0.5) within group (order by revenue) as revenue,
        percentile_cont(0.5) within group (order by days_since_first_order)
            as days_since_first_order
    from buyers
),

components as (
    select
        buyers.customer_key,
        buyers.as_of_date,
        1 - {{ saturation(
            "buyers.days_since_last_order", "medians.days_since_last_order"
        ) }} as recency,
        {{ saturation("buyers.orders", "medians.orders") }} as frequency,
        {{ saturation("buyers.revenue", "medians.revenue") }} as monetary,
        {{ saturation(
            "buyers.days_since_first_order", "medians.days_since_first_order"
        ) }} as tenure,
        cast(buyers.orders as double precision)
        / (buyers.orders + buyers.unfulfilled_orders) as fulfilment
    from buyers
    cross join medians
),

points as (
    select
        components.customer_key,
        components.as_of_date,
        {{ health_points("recency") }} as recency_points,
        {{ health_points("frequency") }} as frequency_points,
        {{ health_points("monetary") }} as monetary_points,
        {{ health_points("tenure") }} as tenure_points,
        {{ health_points("fulfilment") }} as fulfilment_points
    from components
    cross join weights
),

totals as (
    select
        *,
        recency_points + frequency_points + monetary_points
        + tenure_points + fulfilment_points as health_score
    from points
),

ranked as (
    select
        totals.*,
        health_bands.band as health_band,
        row_number() over (
            partition by totals.customer_key
            order by health_bands.minimum_score desc
        ) as band_rank
    from totals
    inner join health_bands
        on totals.health_score >= health_bands.minimum_score
),

final as (
    select
        customer_key,
        as_of_date,
        recency_points,
        frequency_points,
        monetary_points,
        tenure_points,
        fulfilment_points,
        health_score,
        health_band
    from ranked
    where band_rank = 1
)

select * from final
