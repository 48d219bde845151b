{{ config(post_hook="{{ remember_customer_keys() }}") }}
-- depends_on: {{ ref("int_identity__customer_keys") }}
-- depends_on: {{ ref("int_identity__key_records") }}
-- depends_on: {{ ref("int_identity__key_changes") }}

with clusters as (
    select * from {{ ref("int_identity__record_clusters") }}
),

contents as (
    select * from {{ ref("int_identity__cluster_contents") }}
),

cluster_keys as (
    select * from {{ ref("int_identity__cluster_keys") }}
),

final as (
    select
        clusters.customer_record_key,
        coalesce(contents.kept_key, cluster_keys.customer_key) as customer_key
    from clusters
    inner join contents on clusters.cluster = contents.cluster
    left join cluster_keys on clusters.cluster = cluster_keys.cluster
)

select * from final
