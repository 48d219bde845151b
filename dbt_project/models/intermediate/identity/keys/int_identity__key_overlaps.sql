with cluster_records as (
    select * from {{ ref("int_identity__cluster_records") }}
),

counted as (
    select
        home_key,
        cluster,
        count(*) as customer_records
    from cluster_records
    where home_key is not null
    group by home_key, cluster
),

final as (
    select
        home_key,
        cluster,
        customer_records,
        row_number() over (
            partition by home_key
            order by customer_records desc, cluster asc
        ) = 1 as is_claim
    from counted
)

select * from final
