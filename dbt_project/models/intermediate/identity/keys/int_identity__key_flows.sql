with key_overlaps as (
    select * from {{ ref("int_identity__key_overlaps") }}
),

customer_keys as (
    select * from {{ ref("int_identity__customer_keys") }}
),

cluster_keys as (
    select * from {{ ref("int_identity__cluster_keys") }}
),

flows as (
    select
        customer_keys.previous_customer_key,
        cluster_keys.customer_key,
        sum(key_overlaps.customer_records) as customer_records
    from key_overlaps
    inner join customer_keys
        on key_overlaps.home_key = customer_keys.customer_key
    inner join cluster_keys on key_overlaps.cluster = cluster_keys.cluster
    where
        customer_keys.previous_customer_key
        is distinct from cluster_keys.customer_key
    group by
        customer_keys.previous_customer_key,
        cluster_keys.customer_key
),

final as (
    select
        {{ dbt_utils.generate_surrogate_key(
            ["previous_customer_key", "customer_key"]
        ) }} as key_flow_key,
        previous_customer_key,
        customer_key,
        customer_records
    from flows
)

select * from final
