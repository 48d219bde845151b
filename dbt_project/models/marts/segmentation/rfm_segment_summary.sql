with customer_rfm as (
    select * from {{ ref("customer_rfm") }}
),

rfm_segments as (
    select * from {{ ref("rfm_segments") }}
),

segments as (
    select distinct segment
    from rfm_segments
    where segment_map = '{{ rfm_segment_map() }}'
),

totals as (
    select
        segment,
        count(*) as customers,
        sum(monetary) as revenue,
        avg(recency_days) as average_recency_days,
        avg(frequency) as average_frequency
    from customer_rfm
    group by segment
),

-- A segment that nobody is in today still stands in the report.
final as (
    select
        segments.segment,
        coalesce(totals.customers, 0) as customers,
        coalesce(totals.revenue, 0) as revenue,
        round(
            totals.customers / nullif(sum(totals.customers) over (), 0), 6
        ) as customer_share,
        round(
            totals.revenue / nullif(sum(totals.revenue) over (), 0), 6
        ) as revenue_share,
        round(totals.average_recency_days, 2) as average_recency_days,
        round(totals.average_frequency, 2) as average_frequency
    from segments
    left join totals on segments.segment = totals.segment
)

select * from final
