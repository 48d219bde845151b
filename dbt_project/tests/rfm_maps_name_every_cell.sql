-- A cell that a map leaves out would lose its customers in customer_rfm.
with rfm_segments as (
    select * from {{ ref("rfm_segments") }}
),

final as (
    select
        segment_map,
        count(*) as cells
    from rfm_segments
    where
        recency_score between 1 and 5
        and frequency_score between 1 and 5
        and monetary_score between 1 and 5
    group by segment_map
    having count(*) <> 125
)

select * from final
