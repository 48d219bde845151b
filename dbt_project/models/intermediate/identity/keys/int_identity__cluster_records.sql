with clusters as (
    select * from {{ ref("int_identity__record_clusters") }}
),

contents as (
    select * from {{ ref("int_identity__cluster_contents") }}
),

known_keys as (
    select * from {{ ref("stg_identity__customer_keys") }}
),

key_records as (
    select * from {{ ref("stg_identity__customer_key_records") }}
),

records as (
    select
        clusters.customer_record_key,
        clusters.cluster,
        key_records.home_key,
        known_keys.current_customer_key
    from clusters
    inner join contents
        on clusters.cluster = contents.cluster and contents.kept_key is null
    left join key_records
        on clusters.customer_record_key = key_records.customer_record_key
    left join known_keys on key_records.home_key = known_keys.customer_key
),

final as (
    select
        records.customer_record_key,
        records.cluster,
        -- one that was gone for a while finds its customer content without it
        case when kept.cluster is null then records.home_key end as home_key
    from records
    left join contents as kept on records.current_customer_key = kept.kept_key
)

select * from final
