with customer_sales as (
    select * from {{ ref("customer_sales") }}
),

rfm_segments as (
    select * from {{ ref("rfm_segments") }}
),

buyers as (
    select
        customer_key,
        as_of_date,
        days_since_last_order as recency_days,
        orders as frequency,
        revenue as monetary
    from customer_sales
    where orders > 0
),

scored as (
    select
        *,
        {{ rank_score("recency_days", "desc") }} as recency_score,
        {{ rank_score("frequency", "asc") }} as frequency_score,
        {{ rank_score("monetary", "asc") }} as monetary_score
    from buyers
),

final as (
    select
        scored.customer_key,
        scored.as_of_date,
        scored.recency_days,
        scored.frequency,
        scored.monetary,
        scored.recency_score,
        scored.frequency_score,
        scored.monetary_score,
        concat(
            scored.recency_score, scored.frequency_score, scored.monetary_score
        ) as rfm_score,
        rfm_segments.segment
    from scored
    inner join rfm_segments
        on scored.recency_score = rfm_segments.recency_score
        and scored.frequency_score = rfm_segments.frequency_score
        and scored.monetary_score = rfm_segments.monetary_score
        and rfm_segments.segment_map = '{{ rfm_segment_map() }}'
)

select * from final
